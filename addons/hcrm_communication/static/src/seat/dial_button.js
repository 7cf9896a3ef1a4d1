import { Component } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { session } from "@web/session";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Calls the customer of this form: first the phone of the desk rings, then theirs. */
export class DialButton extends Component {
    static template = "hcrm_communication.DialButton";
    static props = { ...standardWidgetProps };

    setup() {
        this.seat = useService("hcrm_seat");
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.isOffered = Boolean(session.hcrm_seat);
    }

    get isShown() {
        const { resId, data } = this.props.record;
        return this.isOffered && resId && (data.phone || data.phone_other);
    }

    async dial() {
        const partnerId = this.props.record.resId;
        const found = await this.orm.call("hcrm.seat", "check_dial", [partnerId]);
        const call = () => this.seat.call("dial", partnerId);
        if (!found.reasons.length) {
            return call();
        }
        this.dialog.add(ConfirmationDialog, {
            title: found.is_hard ? _t("Better not call") : _t("Before you call"),
            body: _t("%(name)s: %(reasons)s", {
                name: found.name,
                reasons: found.reasons.join(" · "),
            }),
            confirmLabel: _t("Call all the same"),
            confirmClass: found.is_hard ? "btn-danger" : "btn-primary",
            confirm: call,
            cancel: () => {},
        });
    }
}

registry.category("view_widgets").add("hcrm_dial_button", { component: DialButton });
