import { Component, onWillStart, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { KeepLast } from "@web/core/utils/concurrency";
import { useDebounced } from "@web/core/utils/timing";

/** Finds approved answers while somebody waits: type, move with the arrows, Enter copies. */
export class AnswerDialog extends Component {
    static template = "hcrm_base.AnswerDialog";
    static components = { Dialog };
    static props = { close: Function };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.list = useRef("list");
        this.state = useState({ text: "", answers: [], current: 0, loaded: false });
        this.last = new KeepLast();
        this.search = useDebounced(() => this.load(), 200);
        useAutofocus();
        onWillStart(() => this.load());
    }

    get title() {
        return _t("Approved answers");
    }

    async load() {
        const found = this.orm.call("hcrm.answer", "find_answers", [this.state.text]);
        this.state.answers = await this.last.add(found);
        this.state.current = 0;
        this.state.loaded = true;
    }

    onKeydown(ev) {
        const step = { ArrowDown: 1, ArrowUp: -1 }[ev.key];
        if (step) {
            const last = this.state.answers.length - 1;
            this.state.current = Math.min(Math.max(this.state.current + step, 0), Math.max(last, 0));
            this.list.el.children[this.state.current]?.scrollIntoView({ block: "nearest" });
            ev.preventDefault();
        } else if (ev.key === "Enter" && !ev.isComposing) {
            const answer = this.state.answers[this.state.current];
            if (answer) {
                this.copy(answer);
            }
            ev.preventDefault();
        }
    }

    async copy(answer) {
        await browser.navigator.clipboard.writeText(answer.body);
        this.notification.add(_t("Copied: %(name)s", { name: answer.name }), { type: "success" });
    }
}
