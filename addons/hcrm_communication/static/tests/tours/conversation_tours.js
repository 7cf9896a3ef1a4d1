import { registry } from "@web/core/registry";

const say = (words) => [
    { trigger: ".o_hcrm_answer textarea", run: `edit ${words}` },
    { trigger: ".o_hcrm_send:enabled", run: "click" },
    { trigger: `.o_hcrm_entry_out:contains(${words})` },
];

/** Two answers one after the other, then the first words to somebody else. */
registry.category("web_tour.tours").add("hcrm_conversation_answers", {
    steps: () => [
        { trigger: ".o_hcrm_desk_line:contains(李明)", run: "click" },
        { trigger: ".o_hcrm_entry_in:contains(请问周末门诊开吗)" },
        ...say("周六上午开诊"),
        ...say("请带好证件"),
        { trigger: ".o_hcrm_begin", run: "click" },
        { trigger: ".modal .o_field_widget[name=partner_id] input", run: "edit 王芳" },
        { trigger: ".o-autocomplete--dropdown-item:contains(王芳)", run: "click" },
        { trigger: ".modal .o_field_widget[name=body] textarea", run: "edit 您的发票已开好" },
        { trigger: ".modal-footer .btn-primary", run: "click" },
        { trigger: ".o_hcrm_thread_head:contains(王芳)" },
        { trigger: ".o_hcrm_entry_out:contains(您的发票已开好)" },
    ],
});

/** What a colleague has is read and not answered. */
registry.category("web_tour.tours").add("hcrm_conversation_of_a_colleague", {
    steps: () => [
        { trigger: "[data-view=all]", run: "click" },
        { trigger: ".o_hcrm_desk_line:contains(李明)", run: "click" },
        { trigger: ".o_hcrm_entry_in:contains(请问周末门诊开吗)" },
        { trigger: ".o_hcrm_thread:not(:has(textarea)):not(:has(.o_hcrm_close))" },
    ],
});
