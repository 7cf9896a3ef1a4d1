"""Readings of characters in names, where the usual reading of the library is not the only one.

The library's own list of heteronyms is no help: it is a dictionary of classical Chinese (明 meng,
超 tiao, 洋 xiang) and would fill the index with readings nobody types. So the ones that do occur in
names are listed here. The first reading of a surname is its correct one, the rest is what people
type by mistake.
"""

import functools

from pypinyin import Style, pinyin


def _table(text):
    """Return {characters: readings} of lines of ``characters reading …``, parted by ``|``."""
    rows = (entry.split() for line in text.split("\n") for entry in line.split("|"))
    return {row[0]: tuple(row[1:]) for row in rows if row}


SURNAMES = _table(
    """
    单 shan dan | 曾 zeng ceng | 仇 qiu chou | 解 xie jie | 尉 wei yu | 查 zha cha | 盖 ge gai
    区 ou qu | 朴 piao pu | 乐 yue le | 缪 miao mou | 翟 zhai di | 覃 qin tan | 员 yun yuan
    召 shao zhao | 洗 xian xi | 秘 bi mi | 繁 po fan | 种 chong zhong | 折 she zhe | 黑 he hei
    车 che ju | 祭 zhai ji | 柏 bai bo | 薄 bo bao | 郇 xun huan | 隗 wei kui | 谌 chen shen
    句 gou ju | 佴 nai er | 能 nai neng | 宓 mi fu | 藏 zang cang | 郗 xi chi | 牟 mu mou
    么 yao me | 都 du dou | 长 chang zhang | 适 kuo shi | 强 qiang jiang | 莘 shen xin
    费 fei bi | 乜 nie mie | 粘 nian zhan | 隽 juan jun | 晟 cheng sheng | 行 xing hang
    卜 bu | 阚 kan | 單 shan dan | 區 ou qu | 蓋 ge gai | 樂 yue le | 繆 miao mou
    員 yun yuan | 種 chong zhong
    """
)
COMPOUND_SURNAMES = _table(
    """
    尉迟 yu chi | 尉遲 yu chi | 万俟 mo qi | 萬俟 mo qi | 长孙 zhang sun | 長孫 zhang sun
    单于 chan yu | 單于 chan yu | 澹台 tan tai | 子车 zi ju | 乐正 yue zheng | 拓跋 tuo ba
    夹谷 jia gu | 令狐 ling hu | 亓官 qi guan | 宰父 zai fu | 颛孙 zhuan sun | 鲜于 xian yu
    即墨 ji mo | 贺兰 he lan
    """
)
GIVEN = _table(
    """
    茜 qian xi | 乐 le yue | 晟 cheng sheng | 朝 chao zhao | 重 chong zhong | 长 chang zhang
    行 xing hang | 娜 na nuo | 莎 sha suo | 柏 bai bo | 传 chuan zhuan | 盛 sheng cheng
    薄 bo bao | 蔚 wei yu | 拓 tuo ta | 阿 a e | 那 na nuo | 召 zhao shao | 澄 cheng deng
    炅 jiong gui | 适 shi kuo | 颉 jie xie | 荨 xun qian | 筠 jun yun | 隽 juan jun
    尉 wei yu | 解 jie xie | 曾 zeng ceng | 单 dan shan | 参 shen can | 调 diao tiao
    藏 cang zang | 都 du dou | 圳 zhen chou | 焘 tao dao | 伽 jia qie | 莘 xin shen
    樂 le yue | 長 chang zhang
    """
)
_RARE = {"𠮷": ("ji",)}
_U_UMLAUT = {"lv": ("lv", "lu", "lyu"), "nv": ("nv", "nu", "nyu")}


@functools.cache
def given_readings(char):
    """Return the readings of one character within a name, the usual one first.

    :param char: one character
    :return: tuple of str without tones, empty when it has no known reading

    >>> given_readings("茜"), given_readings("吕"), given_readings("𠮷"), given_readings("ア")
    (('qian', 'xi'), ('lv', 'lu', 'lyu'), ('ji',), ())
    """
    readings = GIVEN.get(char) or _RARE.get(char)
    if not readings:
        found = pinyin(char, style=Style.NORMAL, errors="ignore")
        readings = tuple(found[0]) if found else ()
    return tuple(form for reading in readings for form in _U_UMLAUT.get(reading, (reading,)))


@functools.cache
def surname_readings(char):
    """Return the readings of a character at the head of a name, the surname's first.

    >>> surname_readings("单"), surname_readings("张")
    (('shan', 'dan'), ('zhang',))
    """
    return SURNAMES.get(char) or given_readings(char)


def name_readings(run):
    """Return the readings of every character of a Chinese name, in order.

    :param run: str of Chinese characters, surname first
    :return: list of tuples of str; an unreadable character gives an empty tuple

    >>> name_readings("尉迟恭")
    [('yu',), ('chi',), ('gong',)]
    >>> name_readings("曾茜")
    [('zeng', 'ceng'), ('qian', 'xi')]
    """
    compound = COMPOUND_SURNAMES.get(run[:2])
    if compound:
        return [(syllable,) for syllable in compound] + [given_readings(c) for c in run[2:]]
    return [surname_readings(run[0])] + [given_readings(char) for char in run[1:]]
