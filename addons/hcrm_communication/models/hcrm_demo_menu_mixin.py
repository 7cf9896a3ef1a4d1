from odoo import api, models

#: (key, action, when, {language: spoken name}, other values)
CHOICES = (
    ("1", "appointment", "always", {"zh_CN": "查询预约", "en_US": "your appointments"}, {}),
    (
        "2",
        "submenu",
        "always",
        {"zh_CN": "门诊时间和来院路线", "en_US": "hours and directions"},
        {},
    ),
    (
        "3",
        "message",
        "always",
        {"zh_CN": "给医护人员留言", "en_US": "a message to nurses and doctors"},
        {"message_class": "care"},
    ),
    ("4", "opt_out", "always", {"zh_CN": "退订推广信息", "en_US": "no more advertising"}, {}),
    ("0", "person", "open", {"zh_CN": "人工服务", "en_US": "a person"}, {"asks_urgency": True}),
    ("0", "message", "closed", {"zh_CN": "给客服留言", "en_US": "a message to our desk"}, {}),
    ("#", "repeat", "always", {"zh_CN": "重听", "en_US": "hearing it again"}, {}),
)
ENGLISH = ("9", "language", "always", {"zh_CN": "英语服务", "en_US": "English"}, {"lang": "en_US"})
SERVICE = (
    (
        "1",
        "say",
        {"zh_CN": "门诊时间", "en_US": "opening hours"},
        {
            "zh_CN": "门诊时间为每天上午8点至12点，下午2点至5点30分；急诊24小时开放。",
            "en_US": "Clinics are open daily from 8 to 12 and from 2 to half past 5. "
            "The emergency department never closes.",
        },
    ),
    (
        "2",
        "say",
        {"zh_CN": "来院路线", "en_US": "the way here"},
        {
            "zh_CN": "我院位于健康路100号，可乘地铁2号线到健康路站，从3号口出站即到。",
            "en_US": "We are at 100 Health Road: metro line 2, station Health Road, exit 3.",
        },
    ),
    ("*", "back", {"zh_CN": "返回上级菜单", "en_US": "the menu before"}, {}),
    ("0", "person", {"zh_CN": "人工服务", "en_US": "a person"}, {}),
)
GREETINGS = {
    "main": {"zh_CN": "您好，这里是仁爱医院。", "en_US": "Good day, this is Renai Hospital."},
    "closed": {
        "zh_CN": "您好，这里是仁爱医院，现在是非人工服务时间。",
        "en_US": "Good day, this is Renai Hospital. Our desk is closed now.",
    },
    "emergency": {
        "zh_CN": "如遇急危重症，请挂机后立即拨打120。",
        "en_US": "In an emergency, hang up and dial 120.",
    },
    "below": {"zh_CN": "门诊时间和来院路线。", "en_US": "Hours and directions."},
}


class HcrmDemoMenuMixin(models.AbstractModel):
    """The telephone menu of the demonstration hospital."""

    _name = "hcrm.demo.menu.mixin"
    _description = "Demonstration: Telephone Menu"

    @api.model
    def _create_telephone_menu(self, company):
        menus = self.env["hcrm.ivr.menu"]
        common = {"company_id": company.id, "lang": "zh_CN", "emergency": False}
        calendar = company.resource_calendar_id
        below = menus.create({**common, "name": "门诊时间和路线", "calendar_id": False})
        main = menus.create(
            {
                **common,
                "name": "总机菜单",
                "is_entry": True,
                "sequence": 1,
                "calendar_id": calendar.id,
            }
        )
        langs = [code for code, _name in self.env["res.lang"].get_installed()]
        self._translate(below, langs, greeting=GREETINGS["below"])
        self._translate(
            main,
            langs,
            greeting=GREETINGS["main"],
            closed_greeting=GREETINGS["closed"],
            emergency=GREETINGS["emergency"],
        )
        choices = (*CHOICES, *((ENGLISH,) if "en_US" in langs else ()))
        for place, (key, action, when, names, more) in enumerate(choices):
            target = below.id if action == "submenu" else False
            values = {"offered": when, "target_id": target, "sequence": place, **more}
            self._add_choice(main, langs, key, action, names, {}, values)
        for place, (key, action, names, texts) in enumerate(SERVICE):
            self._add_choice(below, langs, key, action, names, texts, {"sequence": place})
        main.action_publish()
        return main

    @api.model
    def _add_choice(self, menu, langs, key, action, names, texts, values):
        option = self.env["hcrm.ivr.option"].create(
            {
                "menu_id": menu.id,
                "key": key,
                "action": action,
                "name": names["zh_CN"],
                **values,
            }
        )
        self._translate(option, langs, name=names, text=texts)

    @api.model
    def _translate(self, record, langs, **texts):
        for lang in langs:
            values = {name: words[lang] for name, words in texts.items() if words.get(lang)}
            if values:
                record.with_context(lang=lang).write(values)
