import { Component, onMounted, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { usePolling } from "../outbox_board/polling";

const SECONDS = 3;

/** How far a sending is, while somebody looks: a bar, a number for each state, what it cost. */
export class SendingProgress extends Component {
    static template = "hcrm_communication.SendingProgress";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm").silent;
        this.state = useState({ lines: [], cost: "", is_moving: false });
        this.polling = usePolling(() => this.read(), SECONDS);
        onWillStart(() => this.read());
        onMounted(() => this.polling.start());
        // a button of the form may have set it in motion again
        onWillUpdateProps(() => void this.polling.tick());
    }

    async read() {
        const { record } = this.props;
        if (!record.resId || record.data.state === "draft") {
            return true;
        }
        const told = await this.orm.call("hcrm.sending", "get_progress", [record.resId]);
        Object.assign(this.state, told);
        if (told.state !== record.data.state && !(await record.isDirty())) {
            await record.load();
        }
        return told.is_moving;
    }
}

registry.category("view_widgets").add("hcrm_sending_progress", { component: SendingProgress });
