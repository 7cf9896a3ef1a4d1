import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("hcrm_officer_finds_person", {
    steps: () => [
        { trigger: ".o_searchview_input", run: "edit 思源" },
        { trigger: ".o_searchview_autocomplete .o-dropdown-item:contains(思源)" },
        { trigger: ".o_searchview_input", run: "press Enter" },
        { trigger: ".o_searchview_facet:contains(思源)" },
        { trigger: ".o_list_view:not(:has(.o_data_row:contains(张伟丽)))" },
        { trigger: ".o_data_row:contains(李思源) td[name=phone]:contains(138****0000)" },
        { trigger: ".o_data_row:contains(李思源) td[name=name]", run: "click" },
        { trigger: ".o_form_view .o_field_widget[name=phone] input:value(138****0000)" },
    ],
});

tours.add("hcrm_nurse_opens_results", {
    steps: () => [
        { trigger: ".o_widget_hcrm_visited_departments .o_tag:contains(心内科)" },
        { trigger: ".oe_stat_button [data-count=observation_count]:contains(1)" },
        { trigger: ".o_notebook .nav-link[name=clinical]", run: "click" },
        { trigger: "[data-model='hcrm.observation'] .o_data_row:contains(葡萄糖)" },
        { trigger: ".oe_stat_button:has(.fa-flask)", run: "click" },
        { trigger: ".o_searchview_facet:contains(张伟丽)" },
        { trigger: ".o_data_row:contains(葡萄糖) .badge:contains(H)" },
    ],
});

tours.add("hcrm_manager_merges_and_undoes", {
    steps: () => [
        { trigger: ".o_data_row td[name=partner_a_id]:contains(吴博)", run: "click" },
        { trigger: ".o_hcrm_comparison .table-warning" },
        { trigger: ".o_form_statusbar button[name=action_merge]", run: "click" },
        { trigger: ".modal .o_field_widget[name=reason] input", run: "edit Card seen" },
        { trigger: ".modal footer button[name=action_merge]", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_form_view .o_field_widget[name=kind_ids]" },
        { trigger: "[data-menu-xmlid='hcrm_base.customers_menu']", run: "click" },
        { trigger: "[data-menu-xmlid='hcrm_base.hcrm_merge_log_menu']", run: "click" },
        { trigger: ".o_data_row td[name=absorbed_id]:contains(吴博)", run: "click" },
        { trigger: ".o_form_statusbar button[name=action_undo]", run: "click" },
        { trigger: ".modal footer .btn-primary", run: "click" },
        { trigger: ".o_arrow_button_current[data-value=undone]" },
    ],
});

tours.add("hcrm_officer_notes_a_contact", {
    steps: () => [
        { trigger: ".o_form_view .o_field_widget[name=name] input:value(张伟丽)" },
        { trigger: ".o_hcrm_note_systray", run: "click" },
        { trigger: ".modal-title:contains(张伟丽)" },
        { trigger: ".modal .o_field_widget[name=summary] input", run: "edit Asked for the way" },
        { trigger: ".modal .o_field_widget[name=next_step] input", run: "edit Send a map" },
        { trigger: ".modal .o_field_widget[name=next_step] input", run: "press Control+Enter" },
        { trigger: "body:not(:has(.modal)) .o_notification .bg-success" },
    ],
});

tours.add("hcrm_employee_notes_a_contact", {
    steps: () => [
        { trigger: ".o-mail-Thread" },
        { trigger: ".o_hcrm_note_systray", run: "click" },
        { trigger: ".modal:not(:has([name=partner_id])) .o_field_widget[name=who] input", run: "edit 老王, 3床" },
        { trigger: ".modal .o_field_widget[name=summary] input", run: "edit Lost the way" },
        { trigger: ".modal .o_form_button_save", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_notification .bg-success" },
    ],
});

/** How often the browser has asked for a method of customers. */
function countCalls(method) {
    const path = `/call_kw/res.partner/${method}`;
    return performance.getEntriesByType("resource").filter(({ name }) => name.includes(path)).length;
}

tours.add("hcrm_nurse_reads_timeline", {
    steps: () => [
        {
            trigger: ".o_hcrm_line:contains(2) .badge:contains(1)",
            run() {
                for (const method of ["web_read", "get_card_values", "get_timeline"]) {
                    if (countCalls(method) !== 1) {
                        throw new Error(`${method} is called ${countCalls(method)} times`);
                    }
                }
            },
        },
        { trigger: ".oe_stat_button .o_stat_value[data-count=observation_count]:contains(2)" },
        // by keys: down to the results, unfold them
        { trigger: ".o_hcrm_feed", run: "press j" },
        { trigger: ".o_hcrm_line[data-kind='hcrm.observation']:focus", run: "press Enter" },
        { trigger: ".o_hcrm_rows .o_hcrm_line:contains(葡萄糖)" },
        // only visits
        { trigger: ".o_hcrm_chip[data-kind='hcrm.encounter']", run: "click" },
        { trigger: ".o_hcrm_feed:not(:has([data-kind='hcrm.observation']))" },
        { trigger: ".o_hcrm_chip[data-kind='hcrm.encounter'][aria-pressed=true]", run: "click" },
        { trigger: ".o_hcrm_line[data-kind='hcrm.observation']" },
        // by words
        { trigger: ".o_hcrm_timeline_search input", run: "edit 尿酸" },
        { trigger: ".o_hcrm_feed:not(:has([data-kind='hcrm.encounter'])) .o_hcrm_line:contains(尿酸)" },
        { trigger: ".o_hcrm_timeline_search input", run: "press Escape" },
        { trigger: ".o_hcrm_line[data-kind='hcrm.encounter']" },
        // a note arrives where it was written
        { trigger: ".o_hcrm_feed", run: "press n" },
        { trigger: ".modal .o_field_widget[name=summary] input", run: "edit Asked for the way" },
        { trigger: ".modal .o_form_button_save", run: "click" },
        { trigger: ".o_hcrm_line[data-kind='hcrm.contact.note']:contains(Asked for the way)" },
        { trigger: ".o_hcrm_chip[data-kind='hcrm.contact.note']:contains(1)" },
        // and opens
        { trigger: ".o_hcrm_line[data-kind='hcrm.contact.note']", run: "click" },
        { trigger: ".o_form_view .o_field_widget[name=summary] input:value(Asked for the way)" },
    ],
});

tours.add("hcrm_officer_opens_relative", {
    steps: () => [
        { trigger: ".o_hcrm_badges [data-badge=minor]" },
        { trigger: ".o_hcrm_relative:contains(138****8000) button:contains(王秀英)", run: "click" },
        { trigger: ".o_form_view .o_field_widget[name=name] input:value(王秀英)" },
        { trigger: ".o_hcrm_relative button:contains(王小明)" },
        { trigger: ".o_hcrm_timeline_empty kbd" },
    ],
});
