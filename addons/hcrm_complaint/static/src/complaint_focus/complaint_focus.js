import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const WIDTH = 720;
const HEIGHT = 220;
const LEFT = 40;
const BOTTOM = 24;

/** Where complaints come from: causes, departments, months with limits, and what is done. */
export class ComplaintFocus extends Component {
    static template = "hcrm_complaint.ComplaintFocus";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.view = { width: WIDTH, height: HEIGHT, left: LEFT, floor: HEIGHT - BOTTOM };
        this.state = useState({
            focus: null,
            options: { months: 12, level: "category", category_id: false, department_id: false },
        });
        onWillStart(() => this.load());
    }

    async load() {
        this.state.focus = await this.orm.call("hcrm.complaint.focus", "get_focus", [
            { ...this.state.options },
        ]);
    }

    choose(name, value) {
        this.state.options[name] = value;
        return this.load();
    }

    get levels() {
        return [
            ["domain", _t("Domain")],
            ["category", _t("Category")],
            ["problem", _t("Problem")],
            ["own", _t("Own category")],
        ];
    }

    get periods() {
        return [12, 24, 36].map((months) => [months, _t("%s months", months)]);
    }

    get isLeader() {
        return this.state.focus.reader === "leader";
    }

    number(value, digits = 1) {
        return value === null || value === undefined || value === false
            ? "–"
            : value.toFixed(digits);
    }

    widest(bars) {
        return Math.max(1, ...bars.map((bar) => bar.count));
    }

    /** Places of the chart: months as points, limits and middle as lines. */
    get chart() {
        const points = this.state.focus.chart;
        const known = points.filter((point) => point.encounters);
        const top = Math.max(0.001, ...known.flatMap((point) => [point.rate || 0, point.high]));
        const step = (WIDTH - LEFT - 30) / Math.max(1, points.length - 1);
        const x = (place) => LEFT + place * step;
        const y = (value) => (HEIGHT - BOTTOM) * (1 - value / (top * 1.1)) + 4;
        const dots = points.map((point, place) => ({
            ...point,
            x: x(place),
            y: point.rate === null ? null : y(point.rate),
            isTold: place % Math.ceil(points.length / 12) === 0,
        }));
        const line = (name) =>
            dots
                .filter((dot) => dot.encounters)
                .map((dot) => `${dot.x.toFixed(1)},${y(dot[name]).toFixed(1)}`)
                .join(" ");
        return {
            dots,
            rate: dots
                .filter((dot) => dot.y !== null)
                .map((dot) => `${dot.x.toFixed(1)},${dot.y.toFixed(1)}`)
                .join(" "),
            low: line("low"),
            high: line("high"),
            center: line("center"),
            scale: [0, top / 2, top].map((value) => ({ value: value.toFixed(1), y: y(value) })),
        };
    }

    get signals() {
        const words = {
            high: _t("more than chance explains"),
            low: _t("fewer than chance explains"),
            run: _t("eight months or more on one side"),
        };
        return this.state.focus.chart
            .filter((point) => point.signal)
            .map((point) => ({ ...point, text: words[point.signal] }));
    }

    open(name, model, domain) {
        if (domain) {
            this.action.doAction({
                type: "ir.actions.act_window",
                name,
                res_model: model,
                domain,
                views: [
                    [false, "list"],
                    [false, "form"],
                ],
            });
        }
    }

    openActions() {
        this.action.doAction("hcrm_complaint.hcrm_complaint_action_action");
    }

    openAction(action) {
        if (!this.isLeader) {
            this.action.doAction({
                type: "ir.actions.act_window",
                res_model: "hcrm.complaint.action",
                res_id: action.id,
                views: [[false, "form"]],
            });
        }
    }
}

registry.category("actions").add("hcrm_complaint_focus", ComplaintFocus);
