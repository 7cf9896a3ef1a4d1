import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useInputField } from "@web/views/fields/input_field_hook";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { dialLink, nationalForm } from "./national_form";

/** A phone number in national form; a click dials it unless it is masked. */
export class HcrmPhoneField extends Component {
    static template = "hcrm_base.HcrmPhoneField";
    static props = {
        ...standardFieldProps,
        placeholder: { type: String, optional: true },
    };

    setup() {
        useInputField({ getValue: () => this.shown });
    }

    get shown() {
        return nationalForm(this.props.record.data[this.props.name]);
    }

    get link() {
        return dialLink(this.props.record.data[this.props.name]);
    }
}

export const hcrmPhoneField = {
    component: HcrmPhoneField,
    displayName: _t("Phone in national form"),
    supportedTypes: ["char"],
    extractProps: ({ placeholder }) => ({ placeholder }),
};

registry.category("fields").add("hcrm_phone", hcrmPhoneField);
