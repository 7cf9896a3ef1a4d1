import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const WIDTH = 96;
const HEIGHT = 24;

/** A line through the numbers of a list, as wide as a word. */
export class HcrmTrendField extends Component {
    static template = "hcrm_base.HcrmTrendField";
    static props = { ...standardFieldProps };

    get values() {
        return this.props.record.data[this.props.name] || [];
    }

    get points() {
        const values = this.values;
        const low = Math.min(...values);
        const span = Math.max(...values) - low || 1;
        const step = WIDTH / Math.max(values.length - 1, 1);
        return values
            .map((value, index) => {
                const y = HEIGHT - 2 - ((value - low) / span) * (HEIGHT - 4);
                return `${(index * step).toFixed(1)},${y.toFixed(1)}`;
            })
            .join(" ");
    }

    get label() {
        const values = this.values;
        return _t("from %(first)s to %(last)s", { first: values[0], last: values.at(-1) });
    }
}

registry.category("fields").add("hcrm_trend", {
    component: HcrmTrendField,
    displayName: _t("Trend line"),
    supportedTypes: ["json"],
});
