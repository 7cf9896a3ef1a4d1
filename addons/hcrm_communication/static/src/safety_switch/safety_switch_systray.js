import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { session } from "@web/session";
import { useService } from "@web/core/utils/hooks";

/** Says all day, in the menu bar, that nothing leaves this database. */
export class SafetySwitchSystray extends Component {
    static template = "hcrm_communication.SafetySwitchSystray";
    static props = {};

    setup() {
        this.action = useService("action");
    }

    get isClosed() {
        return session.hcrm_outbox === "closed";
    }

    get title() {
        if (this.isClosed) {
            return _t(
                "Somebody closed the outbox: messages wait until a system administrator opens it. What expires meanwhile is not sent."
            );
        }
        return session.hcrm_outbox === "neutralized"
            ? _t("A copy for tests: no message leaves it, ever.")
            : _t(
                  "Nobody has opened this database for sending: sandbox gateways only pretend to send, messages of real ones wait."
              );
    }

    open() {
        this.action.doAction("hcrm_communication.hcrm_communication_action");
    }
}

if (session.hcrm_outbox && session.hcrm_outbox !== "open") {
    registry
        .category("systray")
        .add("hcrm_safety_switch", { Component: SafetySwitchSystray }, { sequence: 110 });
}
