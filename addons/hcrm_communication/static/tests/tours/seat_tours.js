import { registry } from "@web/core/registry";

/** A call pops up over another screen; who it is of three; wrapped up; the desk is free again. */
registry.category("web_tour.tours").add("hcrm_seat_takes_a_call", {
    steps: () => [
        { trigger: ".o_hcrm_seat .o_hcrm_offer .o_hcrm_caller:contains(王芳)" },
        { trigger: ".o_hcrm_offer .o_hcrm_number:contains(8001):not(:contains(13800138001))" },
        { trigger: ".o_hcrm_accept", run: "click" },
        { trigger: ".o_hcrm_seat header .badge[data-state=talking]" },
        { trigger: ".o_hcrm_person:contains(李小明)" },
        { trigger: ".o_hcrm_person:contains(李明)" },
        { trigger: ".o_hcrm_person:contains(王芳)", run: "click" },
        { trigger: ".o_hcrm_partner:contains(王芳)" },
        { trigger: ".o_hcrm_matters li:contains(问停车)" },
        { trigger: ".o_hcrm_tab_words", run: "click" },
        { trigger: ".o_hcrm_seat_body input[type=search]", run: "edit 停车" },
        { trigger: ".o_hcrm_answer .o_hcrm_words:contains(地下停车场)" },
        { trigger: ".o_hcrm_hang_up", run: "click" },
        { trigger: ".o_hcrm_seat header .badge[data-state=wrapup]" },
        { trigger: ".o_hcrm_tab_wrapup", run: "click" },
        { trigger: ".o_hcrm_wrapup_save:disabled" },
        { trigger: ".o_hcrm_reason:first", run: "click" },
        { trigger: ".o_hcrm_wrapup_note", run: "edit 问清了停车" },
        { trigger: ".o_hcrm_wrapup_next", run: "edit 周五回电" },
        { trigger: ".o_hcrm_wrapup_save:enabled", run: "click" },
        { trigger: ".o_hcrm_seat header .badge[data-state=available]" },
    ],
});
