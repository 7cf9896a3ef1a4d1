import { Component, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const ICONS = {
    done: "fa-check-circle text-success",
    info: "fa-info-circle text-info",
    todo: "fa-exclamation-circle text-warning",
    blocked: "fa-times-circle text-danger",
};

/** The "Ready?" checklist: what is set up, what is missing, why, and the way to mend it. */
export class HcrmReadiness extends Component {
    static template = "hcrm_base.HcrmReadiness";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ checks: [] });
        this.display = { controlPanel: {} };
        onWillStart(() => this.load());
    }

    async load() {
        this.state.checks = await this.orm.call("hcrm.readiness", "get_checklist", []);
    }

    get sections() {
        const sections = new Map();
        for (const check of this.state.checks) {
            if (!sections.has(check.section)) {
                sections.set(check.section, []);
            }
            sections.get(check.section).push(check);
        }
        return [...sections].map(([title, checks]) => ({ title, checks }));
    }

    get counted() {
        return this.state.checks.filter((check) => check.state !== "info");
    }

    get doneCount() {
        return this.counted.filter((check) => check.state === "done").length;
    }

    get percentage() {
        return this.counted.length ? Math.round((100 * this.doneCount) / this.counted.length) : 100;
    }

    icon(check) {
        return ICONS[check.state];
    }

    open(check) {
        this.action.doAction(check.action);
    }
}

registry.category("actions").add("hcrm_readiness", HcrmReadiness);
