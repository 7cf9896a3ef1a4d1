import { Component } from "@odoo/owl";
import { useCommand } from "@web/core/commands/command_hook";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { session } from "@web/session";
import { useService } from "@web/core/utils/hooks";

/** The speech bubble of the menu bar (Alt+Shift+N): a contact note from any screen. */
export class ContactNoteSystray extends Component {
    static template = "hcrm_base.ContactNoteSystray";
    static props = {};

    setup() {
        this.action = useService("action");
        this.contactNote = useService("hcrm_contact_note");
        useCommand(_t("Contact note"), () => this.open(), {
            hotkey: "alt+shift+n",
            global: true,
            hotkeyOptions: { bypassEditableProtection: true },
            isAvailable: () => !document.querySelector(".o_dialog .o_hcrm_contact_note"),
        });
    }

    /** The customer whose form is on the screen. */
    get partner() {
        const { props, currentState, view } = this.action.currentController || {};
        if (view?.type !== "form" || props?.resModel !== "res.partner") {
            return undefined;
        }
        const id = currentState?.resId ?? props.resId;
        return id ? { id, name: this.action.currentController.displayName } : undefined;
    }

    open() {
        this.contactNote.open(this.partner);
    }
}

if (session.hcrm_may_note) {
    registry
        .category("systray")
        .add("hcrm_base.contact_note", { Component: ContactNoteSystray }, { sequence: 40 });
}
