import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

/**
 * Opens the small dialog in which a contact with a customer is noted, from wherever one is.
 *
 * After a note was kept, `HCRM:CUSTOMER-CHANGED` is triggered on `env.bus` with the id of its
 * customer, so that what is on the screen about that person is read anew.
 */
export const contactNoteService = {
    dependencies: ["dialog", "notification"],
    start(env, { dialog, notification }) {
        function onSaved(record) {
            const { next_step: nextStep, partner_id: partner } = record.data;
            notification.add(nextStep ? _t("Noted; the next step is planned.") : _t("Noted."), {
                type: "success",
            });
            env.bus.trigger("HCRM:CUSTOMER-CHANGED", { partnerId: partner?.id || false });
        }

        return {
            /** @param {{ id: number, name: string }} [partner] whom the note is about, if known */
            open(partner) {
                dialog.add(FormViewDialog, {
                    resModel: "hcrm.contact.note",
                    title: partner?.name
                        ? _t("Contact note: %(name)s", { name: partner.name })
                        : _t("Contact note"),
                    size: "md",
                    canExpand: false,
                    context: {
                        form_view_ref: "hcrm_base.hcrm_contact_note_view_form_quick",
                        // an employee without a role may not even say "no customer"
                        ...(partner && {
                            hcrm_note_partner: partner.id,
                            default_partner_id: partner.id,
                        }),
                    },
                    onRecordSaved: onSaved,
                });
            },
        };
    },
};

registry.category("services").add("hcrm_contact_note", contactNoteService);
