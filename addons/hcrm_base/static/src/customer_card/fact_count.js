import { Component, onWillUpdateProps, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** What the buttons of one form wait for together: one call for all counts. */
const waiting = new WeakMap();

/** A count on a button of the customer form; it arrives after the form is painted. */
export class FactCount extends Component {
    static template = "hcrm_base.FactCount";
    static props = { ...standardWidgetProps, count: String, label: String };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ value: "" });
        this.load(this.props);
        onWillUpdateProps((nextProps) => this.load(nextProps));
    }

    async load({ record, count }) {
        const resId = record.resId;
        const counts = resId ? await this.request(record) : {};
        if (record.resId === resId) {
            this.state.value = counts[count] ?? 0;
        }
    }

    request(record) {
        let asked = waiting.get(record);
        if (asked?.resId !== record.resId) {
            const promise = this.orm.silent.call(record.resModel, "get_fact_counts", [record.resId]);
            asked = { resId: record.resId, promise };
            waiting.set(record, asked);
        }
        return asked.promise;
    }
}

registry.category("view_widgets").add("hcrm_fact_count", {
    component: FactCount,
    extractProps: ({ attrs }) => ({ count: attrs.count, label: attrs.string }),
});
