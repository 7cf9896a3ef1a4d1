from odoo import api, fields, models
from odoo.tools import SQL

#: What persons are told: purpose → (title, words).
WORDINGS = {
    "care": (
        "诊疗服务通知告知书",
        "我院将通过短信、电话、邮件等方式向您发送预约、检查结果、用药及复诊提醒。您可随时回复“R”或到服务台拒收。",
    ),
    "service": (
        "服务通知告知书",
        "您的咨询、投诉答复、缴费及预约变更将发送至您预留的联系方式。您可随时拒收某一渠道。",
    ),
    "education": (
        "健康教育信息同意书",
        "经您同意，我院将不定期向您发送与您相关的健康知识，每月不超过8条。您可随时撤回同意。",
    ),
    "survey": (
        "满意度调查同意书",
        "经您同意，我院可在就诊后邀请您评价服务，每季度最多一次。不参加不影响您的就医。",
    ),
    "research": (
        "科研随访同意书",
        "经您同意，研究人员可就符合条件的临床研究与您联系。是否参加由您决定，可随时退出。",
    ),
    "marketing": (
        "医院资讯接收同意书",
        "经您同意，我院将向您发送医院动态、新技术介绍和节日问候，每月不超过4条，短信末尾附退订方式。",
    ),
    "profiling": (
        "个性化推荐同意书",
        "经您同意，我院可依据您的就诊记录推断您可能需要的服务。您可随时拒绝，并可要求人工说明。",
    ),
    "third_party": (
        "信息提供第三方单独同意书",
        "仅在您单独同意后，我院才会向您指定的保险公司等第三方提供您的信息。",
    ),
}
#: Of a hundred adults: purpose, channel, answer, first and one past the last, method, days before.
ANSWERS = (
    ("care", None, "granted", 0, 62, "paper", 0),
    ("care", "voice", "withdrawn", 62, 64, "phone", -40),
    ("care", "sms", "withdrawn", 64, 65, "person", -25),
    ("service", None, "granted", 0, 62, "paper", 0),
    ("education", None, "granted", 0, 44, "paper", 0),
    ("education", "sms", "withdrawn", 40, 44, "sms", -30),
    ("survey", None, "granted", 5, 55, "paper", 0),
    ("survey", None, "withdrawn", 50, 58, "phone", -20),
    ("research", None, "granted", 10, 19, "paper", 0),
    ("marketing", None, "withdrawn", 80, 96, "person", 0),
    ("profiling", None, "granted", 0, 25, "paper", 0),
    ("profiling", None, "withdrawn", 90, 97, "portal", -15),
    ("third_party", None, "granted", 0, 8, "paper", 0),
)


class HcrmDemoConsentMixin(models.AbstractModel):
    """A year of answers in the demonstration hospital, made by a few statements."""

    _name = "hcrm.demo.consent.mixin"
    _description = "Consents of the Demonstration Hospital"

    @api.model
    def _create_consents(self, company):
        """Fill the ledger as desks, letters and the portal would have."""
        wordings = self._create_wordings()
        self.env.flush_all()
        self._insert_adults(company, wordings)
        self._insert_marketing(company, wordings)
        self._insert_children(company, wordings)
        self.env.cr.execute("ANALYZE hcrm_consent")
        consents = self.env["hcrm.consent"]
        consents.invalidate_model()
        rows = self.env.execute_query(SQL("SELECT DISTINCT partner_id FROM hcrm_consent"))
        consents._project_persons([row[0] for row in rows])
        self._create_holds(company)

    @api.model
    def _create_wordings(self):
        """Return {purpose: id of the published words}."""
        wordings = self.env["hcrm.consent.wording"].create(
            [
                {"purpose": purpose, "name": name, "body": body, "lang": "zh_CN"}
                for purpose, (name, body) in WORDINGS.items()
            ]
        )
        wordings.action_publish()
        return {wording.purpose: wording.id for wording in wordings}

    @api.model
    def _insert(self, company, wordings, source):
        """Add rows of SQL (partner_id, purpose, channel, status, method, ago, by_partner_id,
        expires_on); ``ago`` days before today."""
        words = SQL(", ").join(SQL("(%s, %s)", *pair) for pair in wordings.items())
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_consent
                       (partner_id, company_id, purpose, channel, status, method, decided_at,
                        recorded_at, by_partner_id, expires_on, wording_id, user_id,
                        create_uid, create_date)
                SELECT told.partner_id, %(company)s, told.purpose, told.channel, told.status,
                       told.method, told.at, told.at, told.by_partner_id, told.expires_on,
                       CASE WHEN told.status = 'granted' THEN word.id END, %(uid)s, %(uid)s, told.at
                  FROM (SELECT *, %(now)s::timestamp - make_interval(days => ago) AS at
                          FROM (%(source)s) AS answers) told
                  JOIN (VALUES %(words)s) AS word (purpose, id) ON word.purpose = told.purpose
                 ORDER BY told.at
                """,
                company=company.id,
                uid=self.env.uid,
                now=self.env["hcrm.consent"]._second(),
                source=source,
                words=words,
            )
        )

    @api.model
    def _insert_adults(self, company, wordings):
        rows = SQL(", ").join(
            SQL("(%s::text, %s::text, %s::text, %s::int, %s::int, %s::text, %s::int)", *row)
            for row in ANSWERS
        )
        source = SQL(
            """
            SELECT person.id AS partner_id, said.purpose, said.channel, said.status, said.method,
                   60 + abs(hashtext(person.id::text)) %% 300 + said.later AS ago,
                   NULL::int AS by_partner_id, NULL::date AS expires_on
              FROM res_partner person
              JOIN (VALUES %s) AS said (purpose, channel, status, first, past, method, later)
                   ON abs(hashtext(person.id || said.purpose)) %% 100 >= said.first
                      AND abs(hashtext(person.id || said.purpose)) %% 100 < said.past
             WHERE person.is_customer_person
               AND person.birth_date < CURRENT_DATE - interval '15 years'
               AND NOT (said.purpose = 'marketing' AND person.marketing_allowed)
            """,
            rows,
        )
        self._insert(company, wordings, source)

    @api.model
    def _insert_marketing(self, company, wordings):
        """Who agreed to marketing did so on paper or in the portal, some by SMS alone."""
        source = SQL(
            """
            SELECT person.id AS partner_id, 'marketing' AS purpose,
                   CASE WHEN person.id %% 5 = 0 THEN 'sms' END AS channel, 'granted' AS status,
                   CASE WHEN person.id %% 3 = 0 THEN 'portal' ELSE 'paper' END AS method,
                   5 + abs(hashtext(person.id::text)) %% 300 AS ago,
                   NULL::int AS by_partner_id, NULL::date AS expires_on
              FROM res_partner person
             WHERE person.is_customer_person
               AND person.marketing_allowed
               AND person.birth_date < CURRENT_DATE - interval '15 years'
            """
        )
        self._insert(company, wordings, source)

    @api.model
    def _insert_children(self, company, wordings):
        """Parents agree to health knowledge for their children, until they are fourteen."""
        source = SQL(
            """
            SELECT DISTINCT ON (child.id) child.id AS partner_id, 'education' AS purpose,
                   NULL::text AS channel, 'granted' AS status, 'paper' AS method,
                   20 + child.id %% 200 AS ago, relation.related_partner_id AS by_partner_id,
                   (child.birth_date + interval '14 years')::date - 1 AS expires_on
              FROM res_partner child
              JOIN hcrm_relationship relation
                   ON relation.partner_id = child.id AND relation.may_consent
             WHERE child.birth_date > CURRENT_DATE - interval '13 years'
               AND child.id %% 3 <> 0
             ORDER BY child.id, relation.id
            """
        )
        self._insert(company, wordings, source)

    @api.model
    def _create_holds(self, company):
        """Three customers want to be left alone for a while."""
        persons = self.env["res.partner"].search(
            [("is_customer_person", "=", True), ("is_deceased", "=", False)], order="id", limit=90
        )[::30]
        notes = ("家中有丧事，暂勿打扰", "出国三个月", "工作繁忙，下月再联系")
        self.env["hcrm.contact.hold"].create(
            [
                {
                    "partner_id": person.id,
                    "company_id": company.id,
                    "until": fields.Datetime.add(self.env.cr.now(), days=20 + 10 * number),
                    "note": note,
                }
                for number, (person, note) in enumerate(zip(persons, notes, strict=False))
            ]
        )
