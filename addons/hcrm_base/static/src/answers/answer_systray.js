import { Component } from "@odoo/owl";
import { useCommand } from "@web/core/commands/command_hook";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { session } from "@web/session";
import { useService } from "@web/core/utils/hooks";
import { AnswerDialog } from "./answer_dialog";

/** The book of the menu bar (Alt+Shift+A): approved answers from any screen. */
export class AnswerSystray extends Component {
    static template = "hcrm_base.AnswerSystray";
    static props = {};

    setup() {
        this.dialog = useService("dialog");
        useCommand(_t("Approved answers"), () => this.open(), {
            hotkey: "alt+shift+a",
            global: true,
            hotkeyOptions: { bypassEditableProtection: true },
            isAvailable: () => !document.querySelector(".o_dialog .o_hcrm_answers"),
        });
    }

    open() {
        this.dialog.add(AnswerDialog);
    }
}

if (session.hcrm_may_read_answers) {
    registry
        .category("systray")
        .add("hcrm_base.answers", { Component: AnswerSystray }, { sequence: 41 });
}
