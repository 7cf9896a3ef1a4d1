"""Search tokens of names: what must be found, what must not, and the limits."""

import random

from odoo.tests import BaseCase

from ..tools.name_search import MAX_QUERY_TOKENS, MAX_TOKENS, matches, query_tokens, tokens

SURNAMES = "王李张刘陈杨赵黄周吴单曾解仇查区朴乐"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华玉萍红茜乐晟𠮷"


class TestNameSearch(BaseCase):
    def _assert_found(self, name, *queries):
        found = tokens(name)
        for query in queries:
            self.assertTrue(matches(found, query), f"{query!r} must find {name!r}: {found}")

    def _assert_not_found(self, name, *queries):
        found = tokens(name)
        for query in queries:
            self.assertFalse(matches(found, query), f"{query!r} must not find {name!r}")

    def _random_name(self, rng):
        given = "".join(rng.choice(GIVEN) for _ in range(rng.randint(1, 3)))
        return rng.choice(SURNAMES) + given

    def test_three_characters(self):
        self._assert_found(
            "张伟丽",
            *("张", "伟", "张伟", "伟丽", "张伟丽", "张　伟丽", "zhangweili", "zhang wei li"),
            *("z", "zh", "zhangw", "zhang wei", "zhangwei", "weili", "wei li", "li", "ZHANG"),
            *("zwl", "zw", "wl", "zhangwl", "ｚｗｌ", "张 wei", "张wl"),
        )
        self._assert_not_found("张伟丽", "张丽", "丽伟", "伟张", "李", "hang", "zl", "lizhang")

    def test_two_characters(self):
        self._assert_found("王伟", "王伟", "王 伟", "wangwei", "ww", "wang wei", "wei")
        self._assert_found("王　伟", "王伟", "wangwei")
        self._assert_not_found("王伟", "王维", "伟王", "wangli")

    def test_surnames_with_several_readings(self):
        vectors = {
            "单田芳": ("shantianfang", "dantianfang", "stf", "dtf"),
            "曾国强": ("zengguoqiang", "cengguo", "zgq"),
            "仇英": ("qiuying", "qy", "chouying"),
            "解晓东": ("xiexiaodong", "xxd", "jiexiaodong"),
            "查良镛": ("zhaliangyong", "zly", "chaliang"),
            "尉迟恭": ("yuchigong", "ycg", "chigong"),
            "欧阳娜娜": ("ouyang", "ouyangnana", "oynn", "nana", "欧阳 娜娜"),
            "区志强": ("ouzhiqiang", "ozq"),
            "吕布": ("lvbu", "lubu", "lü bu", "lyubu"),
            "王茜": ("wangqian", "wangxi", "wq", "wx"),
        }
        for name, queries in vectors.items():
            self._assert_found(name, *queries)

    def test_minority_and_rare_names(self):
        self._assert_found(
            "买买提·吐尔逊",
            *("买买提", "吐尔逊", "买买提·吐尔逊", "买买提•吐尔逊", "吐尔逊 买买提", "maimaiti"),
            *("maimaiti tuerxun", "mmt", "mmttex", "tuer"),
        )
        self._assert_found("𠮷田", "𠮷", "𠮷田", "jitian", "jt")
        self._assert_found("山田はな", "はな", "田は")
        self._assert_found("김철수", "철수", "김철수")

    def test_latin_names(self):
        self._assert_found(
            "María-José O'Brien", "maria", "Mar", "jose", "OBRIEN", "o'brien", "mariajose", "mjo"
        )
        self._assert_found("ZhangWeili", "zhangweili", "zhang weili", "zw")
        self._assert_found("McDonald", "mcdonald", "McDonald", "donald")
        self._assert_found("Straße Łukasz", "strasse", "lukasz")
        self._assert_found("Иван Петров", "петров", "ИВАН")
        self._assert_found("Wolfeschlegelsteinhausen", "wolfeschlegelsteinhausen")
        self._assert_not_found("John Smith", "ohn", "mith", "sj")

    def test_mixed_names_and_digits(self):
        self._assert_found("王小明2", "小明2", "wangxiaoming", "xiaoming 2", "王小明2")
        self._assert_found("Lisa 王", "lisa", "王", "wang", "lisa王", "王 lisa")
        self._assert_found("Patient12", "patient", "patient12", "12", "patient 12")

    def test_any_substring_is_found(self):
        rng = random.Random(1)
        for _round in range(500):
            name = self._random_name(rng)
            start = rng.randrange(len(name))
            end = rng.randint(start + 1, len(name))
            self._assert_found(name, name[start:end])

    def test_no_other_pair_is_found(self):
        rng = random.Random(2)
        for _round in range(500):
            name, other = self._random_name(rng), self._random_name(rng)
            pair = other[:2]
            self.assertEqual(matches(tokens(name), pair), pair in name, f"{pair} in {name}")

    def test_long_names_keep_their_beginning(self):
        name = "北京大学第三医院机场院区暨首都国际机场医院健康管理与体检中心有限责任公司"
        self._assert_found(name, name, name[:9], "健康管理", "beijingdaxue", "bjdx")

    def test_limits(self):
        rng = random.Random(3)
        alphabet = SURNAMES + GIVEN + "abcxyz ABC12·-'é"
        for _round in range(500):
            text = "".join(rng.choice(alphabet) for _ in range(rng.randint(1, 40)))
            found = tokens(text)
            self.assertLessEqual(len(found), MAX_TOKENS)
            self.assertEqual(found, sorted(set(found)))
            self.assertFalse(any(char.isspace() for token in found for char in token))
            self.assertLessEqual(len(query_tokens(text)), MAX_QUERY_TOKENS)
            self.assertTrue(query_tokens(text))

    def test_nothing_and_symbols(self):
        for nothing in (None, "", " ", "\u3000"):
            self.assertEqual(tokens(nothing), [])
        self.assertEqual(query_tokens(""), [])
        for symbols in ("%", "_", "* *", "\\", "'"):
            self.assertTrue(query_tokens(symbols), symbols)
            self.assertTrue(matches(tokens(symbols), symbols), symbols)
            self.assertFalse(matches(tokens("张伟丽"), symbols), symbols)
