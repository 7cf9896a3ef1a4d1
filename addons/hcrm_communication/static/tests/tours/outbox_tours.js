import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("hcrm_mend_from_the_board", {
    steps: () => [
        { trigger: ".o_hcrm_board_cell[data-column=failed]:enabled:contains(1)", run: "click" },
        { trigger: ".o_data_row td[name=recipient_id]", run: "click" },
        { trigger: ".alert .o_field_widget[name=explanation] li" },
        { trigger: "button[name=action_mend]", run: "click" },
        { trigger: ".modal .o_field_widget[name=new_address] input", run: "edit 13900139009" },
        { trigger: ".modal footer button[name=action_replay]", run: "click" },
        { trigger: ".o_arrow_button_current[data-value=waiting]" },
    ],
});
