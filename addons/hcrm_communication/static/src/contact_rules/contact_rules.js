import { Component, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const LEVELS = { allow: "success", delay: "warning", next_channel: "info", refuse: "danger" };

/** The contact policy as the table it is: reasons by purposes; a click opens the rule. */
export class ContactRules extends Component {
    static template = "hcrm_communication.ContactRules";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.state = useState({ purposes: [], rows: [], mayChange: false });
        onWillStart(() => this.load());
    }

    async load() {
        Object.assign(this.state, await this.orm.call("hcrm.contact.rule", "get_table", []));
    }

    level(cell) {
        return LEVELS[cell.effect] || "body";
    }

    mayChange(row) {
        return this.state.mayChange && !row.is_hard;
    }

    async open(row, cell) {
        const args = [row.code, cell.purpose];
        const action = await this.orm.call("hcrm.contact.rule", "action_change", args);
        await this.action.doAction(action, { onClose: () => this.load() });
    }

    async restore(row, cell) {
        await this.orm.unlink("hcrm.contact.rule", [cell.own_id]);
        await this.load();
    }
}

registry.category("actions").add("hcrm_contact_rules", ContactRules);
