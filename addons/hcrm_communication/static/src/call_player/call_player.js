import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Recordings of a call, each with its player; nothing is fetched before somebody listens. */
export class CallPlayer extends Component {
    static template = "hcrm_communication.CallPlayer";
    static props = { ...standardFieldProps };

    get recordings() {
        return this.props.record.data[this.props.name] || [];
    }
}

registry.category("fields").add("hcrm_call_player", {
    component: CallPlayer,
    supportedTypes: ["json"],
});
