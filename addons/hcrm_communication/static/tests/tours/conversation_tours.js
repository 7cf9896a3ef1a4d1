import { ORM } from "@web/core/orm_service";
import { registry } from "@web/core/registry";
import { Deferred } from "@web/core/utils/concurrency";
import { patch } from "@web/core/utils/patch";

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

/** An answer is on its way until the next conversation is asked for, and arrives before that one. */
function delayReply() {
    let sentId = false;
    const asked = new Deferred();
    const answered = new Deferred();
    patch(ORM.prototype, {
        async call(model, method, args) {
            const id = args?.[0]?.[0];
            const isNext = method === "get_conversation" && sentId && id !== sentId;
            if (method === "reply") {
                sentId ||= id;
            }
            if (isNext) {
                asked.resolve();
            }
            const found = await super.call(...arguments);
            if (method === "reply") {
                await asked;
                setTimeout(() => answered.resolve(), 300);
            } else if (isNext) {
                await answered;
            }
            return found;
        },
    });
}

/** Who goes on to the next before an answer has left sees, and writes to, the next. */
registry.category("web_tour.tours").add("hcrm_conversation_goes_on", {
    steps: () => [
        { trigger: ".o_hcrm_desk_line:contains(李明)", run: delayReply },
        { trigger: ".o_hcrm_desk_line:contains(李明)", run: "click" },
        { trigger: ".o_hcrm_entry_in:contains(请问周末门诊开吗)" },
        { trigger: ".o_hcrm_answer textarea", run: "edit 周六上午开诊" },
        { trigger: ".o_hcrm_send:enabled", run: "click" },
        { trigger: "[data-view=all]", run: "click" },
        { trigger: ".o_hcrm_desk_line:contains(王芳)", run: "click" },
        { trigger: ".o_hcrm_thread_head:contains(王芳)" },
        { trigger: ".o_hcrm_thread:not(:contains(周六上午开诊))" },
        ...say("停车两小时内免费"),
        { trigger: ".o_hcrm_thread_head:contains(王芳)" },
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
