import { Notification } from "@mail/core/common/notification_model";
import { patch } from "@web/core/utils/patch";

patch(Notification.prototype, {
    /** Why the outbox did not send it, where it knows. */
    get failureMessage() {
        return this.hcrm_reason || super.failureMessage;
    },
});
