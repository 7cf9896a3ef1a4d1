import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { session } from "@web/session";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Notes a contact with the customer of this form or of this row of a list. */
export class ContactNoteButton extends Component {
    static template = "hcrm_base.ContactNoteButton";
    static props = { ...standardWidgetProps, withText: { type: Boolean, optional: true } };

    setup() {
        this.contactNote = useService("hcrm_contact_note");
        this.isOffered = Boolean(session.hcrm_may_note);
    }

    open() {
        const { resId, data } = this.props.record;
        this.contactNote.open({ id: resId, name: data.name || data.display_name });
    }
}

registry.category("view_widgets").add("hcrm_contact_note_button", {
    component: ContactNoteButton,
    extractProps: ({ attrs }) => ({ withText: Boolean(attrs.string) }),
});
