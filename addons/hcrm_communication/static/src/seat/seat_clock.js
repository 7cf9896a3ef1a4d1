import { Component, onWillUnmount, useState } from "@odoo/owl";

/** Minutes and seconds since a moment of the server's clock. */
export class SeatClock extends Component {
    static template = "hcrm_communication.SeatClock";
    static props = { since: Number, clock: Number };

    setup() {
        this.state = useState({ now: Date.now() });
        const timer = setInterval(() => (this.state.now = Date.now()), 1000);
        onWillUnmount(() => clearInterval(timer));
    }

    get text() {
        const passed = (this.state.now - this.props.clock) / 1000 - this.props.since;
        const seconds = Math.max(0, Math.floor(passed));
        return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }
}
