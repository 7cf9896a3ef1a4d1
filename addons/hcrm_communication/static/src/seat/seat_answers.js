import { Component, onWillStart, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";

/** The script of the queue and the approved answers, beside the call and searched while talking. */
export class SeatAnswers extends Component {
    static template = "hcrm_communication.SeatAnswers";
    static props = { call: Object };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({ text: "", script: false, answers: [], openId: false });
        this.last = new KeepLast();
        this.search = useDebounced(() => this.load(), 200);
        onWillStart(() => this.load());
    }

    async load() {
        const asked = this.orm.call("hcrm.seat", "find_words", [this.props.call.id, this.state.text]);
        const found = await this.last.add(asked);
        this.state.script = found.script;
        this.state.answers = found.answers;
    }

    toggle(answer) {
        this.state.openId = this.state.openId === answer.id ? false : answer.id;
    }

    async copy(answer) {
        await browser.navigator.clipboard.writeText(answer.body);
        this.notification.add(_t("Copied: %(name)s", { name: answer.name }), { type: "success" });
    }
}
