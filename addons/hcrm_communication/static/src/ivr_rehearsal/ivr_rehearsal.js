import { Component, onWillStart, onWillUpdateProps, useEffect, useRef, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** A telephone on screen: what a caller hears of the menu as it is saved, and the tree of its keys. */
export class IvrRehearsal extends Component {
    static template = "hcrm_communication.IvrRehearsal";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.keys = KEYS;
        this.end = useRef("end");
        this.state = useState({ pressed: [], isOpen: true, lines: [], outline: [], isOver: false });
        onWillStart(() => this.start());
        onWillUpdateProps(() => this.start());
        useEffect(
            () => {
                this.end.el?.scrollTo(0, this.state.pressed.length ? this.end.el.scrollHeight : 0);
            },
            () => [this.state.lines.length]
        );
    }

    get menuId() {
        return this.props.record.resId;
    }

    async start() {
        this.state.pressed = [];
        await this.listen();
    }

    async press(key) {
        if (!this.state.isOver) {
            this.state.pressed.push(key);
            await this.listen();
        }
    }

    async toggleHours() {
        this.state.isOpen = !this.state.isOpen;
        await this.start();
    }

    async listen() {
        if (!this.menuId) {
            return;
        }
        const { pressed, isOpen } = this.state;
        const told = await this.orm.call("hcrm.ivr.menu", "rehearse", [this.menuId, pressed, isOpen]);
        Object.assign(this.state, {
            lines: told.lines,
            isOver: told.is_over,
            outline: told.outline,
        });
    }
}

registry.category("view_widgets").add("hcrm_ivr_rehearsal", { component: IvrRehearsal });
