import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useCardValues } from "./card_values";

/** A count on a button of the customer form. */
export class FactCount extends Component {
    static template = "hcrm_base.FactCount";
    static props = { ...standardWidgetProps, count: String, label: String };

    setup() {
        this.card = useCardValues(this.props);
    }

    get value() {
        const { values } = this.card;
        return values ? values[this.props.count] ?? 0 : "";
    }
}

registry.category("view_widgets").add("hcrm_fact_count", {
    component: FactCount,
    extractProps: ({ attrs }) => ({ count: attrs.count, label: attrs.string }),
});
