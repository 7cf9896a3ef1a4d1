import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { View } from "@web/views/view";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** The newest facts of one kind about the customer, read when their tab is opened. */
export class NewestFacts extends Component {
    static template = "hcrm_base.NewestFacts";
    static components = { View };
    static props = { ...standardWidgetProps, model: String, listView: String };

    setup() {
        this.action = useService("action");
        this.ui = useService("ui");
    }

    get resId() {
        return this.props.record.resId;
    }

    get viewProps() {
        // a phone has no room for columns
        const type = this.ui.isSmall ? "kanban" : "list";
        return {
            resModel: this.props.model,
            type,
            views: [
                [false, type],
                [false, "search"],
            ],
            limit: 10,
            domain: [["partner_id", "=", this.resId]],
            context: { list_view_ref: this.props.listView, hcrm_of_customer: true },
            display: { controlPanel: false },
            ...(type === "list" ? { allowSelectors: false } : {}),
            loadIrFilters: false,
            noBreadcrumbs: true,
            selectRecord: (resId) => this.open(resId),
        };
    }

    open(resId) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: this.props.model,
            res_id: resId,
            views: [[false, "form"]],
        });
    }
}

registry.category("view_widgets").add("hcrm_newest_facts", {
    component: NewestFacts,
    extractProps: ({ attrs }) => ({ model: attrs.model, listView: attrs.list_view }),
});
