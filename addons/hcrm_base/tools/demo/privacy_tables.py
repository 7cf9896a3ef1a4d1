"""Requests of the demonstration hospital: who asks for which right, and how far it is."""

from typing import NamedTuple


class Asked(NamedTuple):
    """``days`` ago, ``kind`` of right, ``step`` reached, what was written and answered."""

    days: int
    kind: str
    step: str
    channel: str
    text: str = ""
    answer: str = ""
    ground: str = ""
    wishes: dict = {}


#: The first is the portal login's own, so that its page shows a package.
PORTAL = Asked(
    6, "copy", "done", "portal", "我想保存一份自己和孩子看病的资料。", "资料已备好，请在网上下载。"
)

REQUESTS = (
    Asked(1, "access", "new", "phone", "想知道医院都记了我哪些信息。"),
    Asked(3, "transfer", "checked", "visit", "转到省城医院继续治疗，请把检查结果给我。"),
    Asked(34, "access", "progress", "letter", "请提供本人在贵院的全部资料。"),
    Asked(
        4,
        "correct",
        "progress",
        "visit",
        "搬家了，电话也换了。",
        wishes={"street": "文二西路 808 号", "phone": "138 5713 6621", "occupation": "退休"},
    ),
    Asked(
        12,
        "correct",
        "refused",
        "visit",
        "我不同意诊断里写的“高血压”。",
        "经管医生核对了当次血压记录，诊断与记录相符。您可以请另一位医生复诊。",
        "accurate",
    ),
    Asked(8, "explain", "progress", "email", "为什么总给我发体检的信息？"),
    Asked(20, "explain", "done", "visit", "请解释对我的分组。", "已当面说明，书面说明见附件。"),
    Asked(5, "object", "done", "phone", "不要再给我推荐任何项目。"),
    Asked(2, "erase", "progress", "visit", "已搬到外地，请删除我的个人信息。"),
    Asked(9, "restrict", "withdrawn", "phone", "不要把我的资料用于教学。"),
)
