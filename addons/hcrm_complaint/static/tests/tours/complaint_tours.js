import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** Nothing of the form is to the right of the screen, tables scroll in themselves. */
function checkWidth() {
    for (const element of document.querySelectorAll(".o_form_sheet > *, .o_statusbar_buttons")) {
        const right = element.getBoundingClientRect().right;
        if (right > window.innerWidth + 1) {
            throw new Error(`${element.outerHTML.slice(0, 200)} ends at ${right}`);
        }
    }
}

tours.add("hcrm_complaint_officer", {
    steps: () => [
        {
            trigger: ".o_field_widget[name=name] textarea, .o_field_widget[name=name] input",
            run: "edit 夜班按铃无人应答",
        },
        { trigger: ".o_field_widget[name=complainant_name] input", run: "edit 王秀英" },
        {
            trigger: ".o_field_widget[name=statement_text] textarea",
            run: "edit 昨天晚上我按了三次铃，没有人来。",
        },
        { trigger: ".o_field_widget[name=matter] textarea", run: "edit 夜班呼叫铃应答是否及时。" },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved .o_field_widget[name=number]:contains(-)" },
        { trigger: ".o_form_statusbar button[name=action_accept]", run: "click" },
        { trigger: ".o_form_statusbar button[name=action_offer]", run: "click" },
        { trigger: ".modal .o_field_widget[name=desk_id] input", run: "edit 心内科" },
        { trigger: ".modal .o-autocomplete--dropdown-item:contains(心内科)", run: "click" },
        {
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit 请核实",
        },
        { trigger: ".modal footer button[name=action_confirm]", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_field_widget[name=offered_desk_id]:contains(心内科)" },
    ],
});

tours.add("hcrm_complaint_head", {
    steps: () => [
        { trigger: ".o_data_row td[name=name]:contains(夜班按铃)", run: "click" },
        { trigger: ".o_form_statusbar button[name=action_accept_offer]", run: "click" },
        { trigger: ".o_form_statusbar button[name=action_ask_explanation]", run: "click" },
        { trigger: ".modal .o_field_widget[name=employee_ids] input", run: "edit Test nurse" },
        { trigger: ".modal .o-autocomplete--dropdown-item:contains(Test nurse)", run: "click" },
        { trigger: ".modal .o_field_widget[name=question] textarea", run: "edit 周一夜班谁当班？" },
        { trigger: ".modal footer button[name=action_confirm]", run: "click" },
        {
            trigger: "body:not(:has(.modal)) .o_form_statusbar button[name=action_answer]",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name=conclusion] input, .o_field_widget[name=conclusion] select",
            run: "click",
        },
        { trigger: ".o_select_menu_item:eq(0)", run: "click" },
        { trigger: ".o_field_widget[name=findings] textarea", run: "edit 当晚缺一人。" },
        { trigger: ".o_field_widget[name=text] textarea", run: "edit 情况属实，向您致歉。" },
        { trigger: "button[name=action_submit]", run: "click" },
        { trigger: ".o_arrow_button_current[data-value=approval]" },
    ],
});

tours.add("hcrm_complaint_manager", {
    steps: () => [
        { trigger: ".o_data_row td[name=state]", run: "click" },
        { trigger: "button[name=action_approve]", run: "click" },
        { trigger: ".modal footer .btn-primary", run: "click" },
        { trigger: ".o_arrow_button_current[data-value=sent]" },
    ],
});

tours.add("hcrm_complaint_employee_on_a_phone", {
    steps: () => [
        {
            trigger:
                ".o_kanban_record:contains(周一夜班), .o_data_row:contains(周一夜班) td[name=question]",
            run: "click",
        },
        { trigger: ".o_field_widget[name=text] textarea", run: "edit 我在抢救另一位病人。" },
        { trigger: ".o_form_sheet", run: checkWidth },
        { trigger: ".o_cp_action_menus button, .o_statusbar_buttons button", run: "click" },
        { trigger: "button[name=action_answer]", run: "click" },
        { trigger: ".modal footer .btn-primary", run: "click" },
        { trigger: ".o_field_widget[name=answered_at]" },
    ],
});
