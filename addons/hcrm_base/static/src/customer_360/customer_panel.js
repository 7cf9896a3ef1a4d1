import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useCardValues } from "../customer_card/card_values";
import { dialLink, nationalForm } from "../hcrm_phone/national_form";
import { momentName, shortDay } from "./days";

/** The left side of the 360° view: numbers, visits, next steps, family and who shares the phone. */
export class HcrmCustomerPanel extends Component {
    static template = "hcrm_base.CustomerPanel";
    static props = { ...standardWidgetProps };

    setup() {
        this.action = useService("action");
        this.card = useCardValues(this.props);
        Object.assign(this, { dialLink, nationalForm, momentName, shortDay });
    }

    get panel() {
        return this.card.values?.panel;
    }

    about({ relation, age }) {
        return [relation, age].filter(Boolean).join(" · ");
    }

    open(resModel, resId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: resModel,
            res_id: resId,
            views: [[false, "form"]],
        });
    }

    /** A customer opens in the form made for customers, which only the server knows. */
    async openCustomer(resId) {
        return this.action.doAction(
            await this.env.services.orm.call("res.partner", "get_formview_action", [[resId]])
        );
    }
}

registry.category("view_widgets").add("hcrm_customer_panel", { component: HcrmCustomerPanel });
