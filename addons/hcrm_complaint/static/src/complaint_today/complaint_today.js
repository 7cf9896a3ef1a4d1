import { Component, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const ALARMS = { unlinked: "danger", late: "danger", due: "warning", offered: "info" };

/** What lies on one's desk today, in the order in which it wants to be done. */
export class ComplaintToday extends Component {
    static template = "hcrm_complaint.ComplaintToday";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.state = useState({ today: null });
        onWillStart(() => this.load());
    }

    async load() {
        this.state.today = await this.orm.call("hcrm.complaint.today", "get_today", []);
    }

    get parts() {
        return this.state.today.parts.filter((part) => part.count);
    }

    get isEmpty() {
        return !this.parts.length && !this.state.today.tasks.length;
    }

    alarm(part) {
        return ALARMS[part.name] || "secondary";
    }

    openCase(id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "hcrm.complaint",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    openList(name, domain) {
        this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: "hcrm.complaint",
            domain,
            views: [
                [false, "list"],
                [false, "kanban"],
                [false, "form"],
            ],
        });
    }

    openDesk(desk) {
        this.openList(desk.name, [
            ["desk_id", "=", desk.id],
            ["is_open", "=", true],
        ]);
    }
}

registry.category("actions").add("hcrm_complaint_today", ComplaintToday);
