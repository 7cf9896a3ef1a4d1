import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("hcrm_his_mend_dead_letter", {
    steps: () => [
        { trigger: ".o_data_row:contains(PID-7) td[name=control_id]", run: "click" },
        { trigger: "button[name=action_copy_to_correct]", run: "click" },
        { trigger: ".o_notebook .nav-link[name=corrected]", run: "click" },
        {
            trigger: ".o_field_widget[name=corrected_text] textarea:value(19560231)",
            async run({ edit }) {
                await edit(this.anchor.value.replace("19560231", "19560228"));
            },
        },
        { trigger: "button[name=action_replay]", run: "click" },
        { trigger: ".o_arrow_button_current[data-value=received]" },
    ],
});
