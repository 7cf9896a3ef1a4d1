import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("hcrm_manager_decides_corrections", {
    steps: () => [
        { trigger: ".o_form_statusbar button[name=action_check_identity]", run: "click" },
        { trigger: ".o_form_statusbar button[name=action_start]", run: "click" },
        { trigger: ".o_arrow_button_current[data-value=progress]" },
        { trigger: ".o_notebook .nav-link[name=corrections]", run: "click" },
        { trigger: ".o_data_row:contains(宁波):contains(杭州) button[name=action_accept]", run: "click" },
        { trigger: ".o_data_row:contains(宁波):not(:has(button[name=action_accept]))" },
        { trigger: ".o_data_row:contains(315000) td[name=reason]", run: "click" },
        { trigger: ".o_data_row:contains(315000) td[name=reason] input", run: "edit The register says none" },
        { trigger: ".o_data_row:contains(315000) button[name=action_refuse]", run: "click" },
        { trigger: ".o_data_row:contains(315000):not(:has(button[name=action_refuse]))" },
        { trigger: ".o_form_statusbar button[name=action_done]", run: "click" },
        { trigger: ".o_arrow_button_current[data-value=done]" },
    ],
});

tours.add("hcrm_person_asks_on_the_portal", {
    steps: () => [
        { trigger: "#hcrm_privacy_summary li" },
        { trigger: "a[data-kind=correct]", run: "click", expectUnloadPage: true },
        { trigger: "#hcrm_city", run: "edit 宁波" },
        { trigger: "form[action='/my/privacy/ask'] button[type=submit]", run: "click", expectUnloadPage: true },
        { trigger: "li:contains(宁波) s:contains(杭州)" },
        { trigger: "button[name=withdraw]", run: "click", expectUnloadPage: true },
        { trigger: "#hcrm_privacy_state.text-bg-secondary" },
    ],
});
