import sys
import tempfile
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FOLDER.parent / "tests"))
sys.dont_write_bytecode = True
from host import Host  # noqa: E402
from plugin import material, spoiled  # noqa: E402

COMMAND = [FOLDER, ["/usr/bin/python3", "-I", "-S", "language.py"]]

TEXTS = {
    "en": "The ferry leaves the harbour at seven in the morning, and nobody on the pier seems to be in a hurry.",
    "de": "Die Fähre verlässt den Hafen um sieben Uhr morgens, und niemand auf dem Steg scheint es eilig zu haben.",
    "fr": "Le ferry quitte le port à sept heures du matin, et personne sur la jetée ne semble être pressé.",
    "es": "El transbordador sale del puerto a las siete de la mañana y nadie en el muelle parece tener prisa.",
    "it": "Il traghetto lascia il porto alle sette del mattino e nessuno sul molo sembra avere fretta.",
    "pt": "A balsa deixa o porto às sete da manhã e ninguém no cais parece estar com pressa, nem as crianças.",
    "nl": "De veerboot verlaat de haven om zeven uur 's ochtends en niemand op de pier lijkt haast te hebben.",
    "sv": "Färjan lämnar hamnen klockan sju på morgonen, och ingen på kajen verkar ha bråttom i dag.",
    "fi": "Lautta lähtee satamasta seitsemältä aamulla, eikä kenelläkään laiturilla näytä olevan kiirettä.",
    "pl": "Prom odpływa z portu o siódmej rano i nikt na pomoście nie wydaje się spieszyć do pracy.",
    "cs": "Trajekt odplouvá z přístavu v sedm hodin ráno a zdá se, že na molu nikdo nikam nespěchá.",
    "hu": "A komp reggel hétkor indul a kikötőből, és úgy tűnik, hogy a mólón senki sem siet sehová.",
    "tr": "Feribot sabah saat yedide limandan ayrılıyor ve iskelede kimsenin acelesi yok gibi görünüyor.",
    "ru": "Паром отходит от причала в семь часов утра, и никто на пристани, кажется, никуда не спешит.",
    "uk": "Пором відпливає з гавані о сьомій годині ранку, і здається, ніхто на причалі нікуди не поспішає.",
    "el": "Το φέρι αναχωρεί από το λιμάνι στις επτά το πρωί και κανείς στην προβλήτα δεν φαίνεται να βιάζεται.",
    "ar": "تغادر العبارة الميناء في الساعة السابعة صباحا ولا يبدو أن أحدا على الرصيف في عجلة من أمره.",
    "iw": "המעבורת יוצאת מהנמל בשעה שבע בבוקר, ונראה שאף אחד על המזח לא ממהר לשום מקום.",
    "ja": "フェリーは朝七時に港を出ますが、桟橋にいる人は誰も急いでいないようです。",
    "ko": "페리는 아침 일곱 시에 항구를 떠나고 부두에 있는 사람은 아무도 서두르지 않는 것 같다.",
    "zh": "渡轮早上七点离开港口，码头上的人似乎都不着急，孩子们还在睡觉。",
    "th": "เรือข้ามฟากออกจากท่าเรือเวลาเจ็ดโมงเช้า และดูเหมือนว่าไม่มีใครบนท่าเรือรีบร้อน",
    "vi": "Phà rời bến cảng lúc bảy giờ sáng và dường như không ai trên bến tàu vội vàng cả.",
    "hi": "नौका सुबह सात बजे बंदरगाह से निकलती है और घाट पर कोई भी जल्दी में नहीं लगता।",
}


class LanguageTests(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.plugin = self.enterContext(Host(*COMMAND))

    def write(self, content, name="made.txt"):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def detect(self, **values):
        answer = self.plugin.call("detect", values)
        self.assertIn("result", answer, answer)
        return answer["result"]["output"]

    def code(self, **values):
        language = self.detect(**values)["language"]
        return language and language["code"]

    def refusal(self, **values):
        answer = self.plugin.call("detect", values)
        self.assertIn("error", answer, answer)
        self.assertNotIn("\n", answer["error"]["message"])
        return answer["error"]["code"]

    def test_tells_two_dozen_languages_apart_and_is_sure_of_them(self):
        for code, text in TEXTS.items():
            with self.subTest(code=code):
                output = self.detect(text=text)
                self.assertEqual((output["language"]["code"], output["reliable"]), (code, True))
                self.assertEqual(output["languages"][0]["code"], code)
                self.assertGreater(output["languages"][0]["percent"], 90)

    def test_says_the_language_in_words(self):
        self.assertEqual(self.detect(text=TEXTS["de"])["language"], {"code": "de", "name": "German"})

    def test_names_the_three_largest_shares_of_a_mixed_text(self):
        languages = self.detect(text="\n".join(TEXTS[code] for code in ["ja", "ru", "el", "th"]))["languages"]
        self.assertEqual(len({language["code"] for language in languages} & {"ja", "ru", "el", "th"}), 3)
        percents = [language["percent"] for language in languages]
        self.assertEqual(percents, sorted(percents, reverse=True))
        self.assertLessEqual(sum(percents), 100)

    def test_is_not_sure_of_a_word_or_two(self):
        self.assertFalse(self.detect(text="ok")["reliable"])

    def test_finds_no_language_where_there_is_none(self):
        for text in ["", " \n\t", "12345 67 89", "…—!!", "\0\0\0"]:
            with self.subTest(text=text):
                self.assertEqual(self.detect(text=text), {"language": None, "reliable": False, "bytes": 0, "languages": []})

    def test_a_control_character_does_not_end_the_text(self):
        self.assertEqual(self.code(text="\x01 \0 " + TEXTS["fi"]), "fi")

    def test_reads_every_encoding_that_a_text_says_or_shows(self):
        for encoding, data in [("utf-8", TEXTS["cs"].encode()), ("utf-8-sig", TEXTS["cs"].encode("utf-8-sig")),
                               ("utf-16", TEXTS["cs"].encode("utf-16")), ("utf-32", TEXTS["cs"].encode("utf-32"))]:
            with self.subTest(encoding=encoding):
                self.assertEqual(self.code(document=self.write(data)), "cs")
        self.assertEqual(self.code(document=self.write(TEXTS["sv"].encode("latin-1"))), "sv")

    def test_passes_over_tags_of_a_web_page(self):
        tags = "".join(f"<div class='the most important english words number {n}'>" for n in range(60))
        page = f"<!-- a page --><!DOCTYPE html><html><body>{tags}<p>{TEXTS['pl']}</p></body></html>"
        self.assertEqual(self.code(document=self.write(page.encode(), "page.html")), "pl")
        self.assertEqual(self.code(text=page, html=True), "pl")

    def test_reads_pdf_documents(self):
        for name, code in [("form_english.pdf", "en"), ("form_russian.pdf", "ru")]:
            with self.subTest(name=name):
                path = next(path for path in material("*.pdf") if path.name == name)
                self.assertEqual(self.code(document=str(path)), code)

    def test_looks_at_as_much_as_the_configuration_says(self):
        path = self.write((TEXTS["de"] * 10 + TEXTS["ru"] * 100).encode())
        self.assertEqual(self.code(document=path), "ru")
        with Host(*COMMAND, configuration={"most-bytes": 1000}) as plugin:
            output = plugin.call("detect", {"document": path})["result"]["output"]
        self.assertEqual(output["language"]["code"], "de")
        self.assertLess(output["bytes"], 1100)

    def test_a_hint_decides_between_languages_that_look_alike(self):
        text = "Dag og vei"
        self.assertEqual(self.detect(text=text, hint="no")["languages"][0]["code"], "no")
        self.assertEqual(self.refusal(text=text, hint="; drop"), -32602)

    def test_adds_the_language_to_the_metadata_of_a_document(self):
        document = self.plugin.add(TEXTS["it"].encode(), "made.txt", "text/plain")
        value = {"document": document, "metadata": {"File": {"Size": 7}}}
        answer = self.plugin.filter("document.metadata", "metadata", value)
        self.assertEqual(answer["result"]["value"], {"document": document, "metadata": {
            "File": {"Size": 7}, "Language": {"Code": "it", "Name": "Italian"}}})

    def test_leaves_the_metadata_of_a_document_without_language_alone(self):
        value = {"document": self.plugin.add(b"1 2 3", "made.txt", "text/plain"), "metadata": {}}
        self.assertEqual(self.plugin.filter("document.metadata", "metadata", value)["result"]["value"], value)

    def test_a_document_that_cannot_be_read_keeps_its_metadata(self):
        for content in [b"\x89PNG\0", b"%PDF-1.7\nnothing"]:
            value = {"document": self.plugin.add(content, "made.bin", "text/plain"), "metadata": {"File": {}}}
            self.assertEqual(self.plugin.filter("document.metadata", "metadata", value)["result"]["value"], value)

    def test_refuses_what_is_no_text(self):
        self.assertEqual(self.refusal(document=self.write(b"\x89PNG\r\n\x1a\n\0\0\0")), -31990)
        self.assertEqual(self.refusal(document=self.write(bytes(range(1, 32)) * 9 + b"\xff\xfa")), -31990)
        self.assertEqual(self.refusal(document=self.write(b"%PDF-1.7\nnothing")), -31990)
        self.assertEqual(self.refusal(document=str(self.folder / "none")), -31994)
        self.assertEqual(self.refusal(document=str(self.folder)), -32602)
        self.assertEqual(self.refusal(), -32602)
        self.assertEqual(self.refusal(text="a", document="/b"), -32602)

    def test_answers_for_every_damaged_document(self):
        documents = [path.read_bytes() for path in material("form_*.pdf")] + [TEXTS["ja"].encode("utf-16")]
        for seed in range(45):
            path = self.write(spoiled(documents[seed % len(documents)], seed))
            with self.subTest(seed=seed):
                answer = self.plugin.call("detect", {"document": path})
                self.assertNotRegex(str(answer), r"failed: \w+Error")
        self.assertEqual(self.code(text=TEXTS["en"]), "en")


if __name__ == "__main__":
    unittest.main()
