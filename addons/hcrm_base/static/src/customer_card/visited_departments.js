import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { TagsList } from "@web/core/tags_list/tags_list";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useCardValues } from "./card_values";

/** The departments where the customer was seen. */
export class VisitedDepartments extends Component {
    static template = "hcrm_base.VisitedDepartments";
    static components = { TagsList };
    static props = { ...standardWidgetProps };

    setup() {
        this.card = useCardValues(this.props);
    }

    get tags() {
        const departments = this.card.values?.visited_department_ids ?? [];
        return departments.map(({ id, display_name: text }) => ({ id, text }));
    }
}

registry.category("view_widgets").add("hcrm_visited_departments", {
    component: VisitedDepartments,
});
