import { onWillStart } from "@odoo/owl";
import { DomainSelector } from "@web/core/domain_selector/domain_selector";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { DomainField, domainField } from "@web/views/fields/domain/domain_field";

/** Offers the fields that the user's rules may ask for. */
export class SegmentRuleSelector extends DomainSelector {
    setup() {
        const orm = useService("orm");
        // before the editor is drawn, and so before super's own onWillStart
        onWillStart(async () => {
            this.allowed = await orm.silent.call("hcrm.segment", "get_rule_fields", []);
        });
        super.setup();
    }

    getShowArchivedCheckBox() {
        return false;
    }

    getDefaultCondition(fieldDefs) {
        const { allowed } = this;
        const offered = allowed
            ? Object.fromEntries(allowed.map((name) => [name, fieldDefs[name]]))
            : fieldDefs;
        return super.getDefaultCondition(offered);
    }

    getPathEditorInfo() {
        const info = super.getPathEditorInfo(...arguments);
        const { allowed } = this;
        if (!allowed) {
            return info;
        }
        return {
            ...info,
            extractProps: (params) => ({
                ...info.extractProps(params),
                filter: (fieldDef) => allowed.includes(fieldDef.name),
                followRelations: false,
            }),
        };
    }
}

/** A rule over customers: says how many the user would find, by the server's own rules. */
export class SegmentRuleField extends DomainField {
    static template = "hcrm_base.SegmentRuleField";
    static components = { DomainSelector: SegmentRuleSelector };

    async checkProps(props = this.props) {
        if (props.readonly) {
            this.updateState({ isValid: true });
            return;
        }
        const rule = this.getDomain(props);
        const found = await this.orm.silent.call("hcrm.segment", "preview_rule", [rule]);
        if (rule === this.getDomain()) {
            this.updateState({ isValid: !found.error, recordCount: found.size });
            this.state.error = found.error;
        }
    }
}

registry.category("fields").add("hcrm_segment_rule", {
    ...domainField,
    component: SegmentRuleField,
    displayName: _t("Rule of a segment"),
});
