import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useCardValues } from "../customer_card/card_values";

/** What must be seen at once about the customer; addons add theirs in `_hcrm_badges`. */
export class HcrmCustomerBadges extends Component {
    static template = "hcrm_base.CustomerBadges";
    static props = { ...standardWidgetProps };

    setup() {
        this.card = useCardValues(this.props);
    }
}

registry.category("view_widgets").add("hcrm_customer_badges", { component: HcrmCustomerBadges });
