import { registry } from "@web/core/registry";

/** Addresses of facts, each with what its card shows. */
const CARDS = [
    ["/odoo/results", ["体温", "38.6℃", "H", "张伟丽"]],
    ["/odoo/diagnoses", ["高血压", "I10", "张伟丽"]],
    ["/odoo/prescriptions", ["左甲状腺素钠片", "50 μg", "张伟丽"]],
    ["/odoo/immunizations", ["流感疫苗", "张伟丽"]],
    ["/odoo/encounters", ["张伟丽", "心内科"]],
    ["/odoo/hospital-appointments", ["张伟丽", "复诊"]],
    ["/odoo/charges", ["挂号费", "12.50", "张伟丽"]],
];

/** Nothing of a card is to the right of the screen. */
function checkWidth() {
    for (const element of document.querySelectorAll(".o_kanban_record:not(.o_kanban_ghost) *")) {
        const right = element.getBoundingClientRect().right;
        if (right > window.innerWidth + 1) {
            throw new Error(`${element.outerHTML.slice(0, 200)} ends at ${right}`);
        }
    }
}

registry.category("web_tour.tours").add("hcrm_cards_on_a_phone", {
    steps: () =>
        CARDS.flatMap(([, texts], index) => {
            const card = `.o_kanban_record${texts.map((text) => `:contains(${text})`).join("")}`;
            const next = CARDS[index + 1];
            return [
                { trigger: card, run: checkWidth },
                ...(next
                    ? [
                          {
                              trigger: "body",
                              run: () => (window.location = next[0]),
                              expectUnloadPage: true,
                          },
                      ]
                    : []),
            ];
        }),
});

registry.category("web_tour.tours").add("hcrm_customer_on_a_phone", {
    steps: () => [
        { trigger: ".o_notebook .nav-link[name=clinical]", run: "click" },
        {
            trigger: "[data-model='hcrm.observation'] .o_kanban_record:contains(38.6℃)",
            run: checkWidth,
        },
        {
            trigger:
                "[data-model='hcrm.observation'] .o_kanban_record:not(:contains(张伟丽)):contains(体温)",
            run: "click",
        },
        { trigger: ".o_form_view .o_field_widget[name=unit]" },
    ],
});
