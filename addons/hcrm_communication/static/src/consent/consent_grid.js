import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const ICONS = { granted: "fa-check", withdrawn: "fa-times", unknown: "fa-question" };
const NEXT = { unknown: "granted", granted: "withdrawn", withdrawn: "granted" };

/** Purposes by channels: each button says what holds, a click says what the person says now. */
export class ConsentGrid extends Component {
    static template = "hcrm_communication.ConsentGrid";
    static props = { ...standardFieldProps };

    setup() {
        this.titles = {
            granted: _t("agreed"),
            withdrawn: _t("refused"),
            unknown: _t("not asked"),
        };
    }

    get grid() {
        return JSON.parse(this.props.record.data.grid || '{"channels": [], "rows": []}');
    }

    get clicked() {
        return JSON.parse(this.props.record.data[this.props.name] || "{}");
    }

    channels(row) {
        return row.whole ? this.grid.channels.slice(0, 1) : this.grid.channels;
    }

    status(row, channel) {
        const clicked = this.clicked;
        return (
            clicked[`${row.code}|${channel}`] ?? clicked[`${row.code}|`] ?? row.cells[channel]
        );
    }

    isChanged(row, channel) {
        const clicked = this.clicked;
        return `${row.code}|${channel}` in clicked || `${row.code}|` in clicked;
    }

    icon(row, channel) {
        return ICONS[this.status(row, channel)];
    }

    color(row, channel) {
        const status = this.status(row, channel);
        const outline = this.isChanged(row, channel) ? "" : "outline-";
        const colors = { granted: "success", withdrawn: "danger", unknown: "secondary" };
        return `btn-${outline}${colors[status]}`;
    }

    label(row, channel) {
        return `${row.label}, ${channel.label}: ${this.titles[this.status(row, channel.code)]}`;
    }

    /** A click on "all channels" speaks for the row: what was clicked in it before is taken back. */
    async click(row, channel) {
        const clicked = this.clicked;
        const next = NEXT[this.status(row, channel)];
        if (!channel) {
            for (const key of Object.keys(clicked)) {
                if (key.startsWith(`${row.code}|`)) {
                    delete clicked[key];
                }
            }
        }
        clicked[`${row.code}|${channel}`] = next;
        await this.props.record.update({ [this.props.name]: JSON.stringify(clicked) });
    }

    async reset() {
        await this.props.record.update({ [this.props.name]: "{}" });
    }
}

registry.category("fields").add("hcrm_consent_grid", {
    component: ConsentGrid,
    supportedTypes: ["text"],
});
