import json

from fhir.resources.R4B import get_fhir_model_class

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_open

from ..tools.errors import FhirError
from ..tools.reader import validate

ELEMENTS = "hcrm_fhir/tests/data/r4_elements.json"
NOT_ELEMENTS = {"resource_type", "resourceType", "fhir_comments"}


@tagged("post_install", "-at_install")
class TestR4(TransactionCase):
    """The library knows R4B (4.3.0); what we serve is R4 (4.0.1)."""

    def test_same_elements(self):
        """Every element of R4 is known, and none that R4 lacks is taken.

        The file names the elements of HL7's R4 definitions of our types and their data types.
        """
        with file_open(ELEMENTS) as file:
            classes = json.load(file)
        self.assertGreater(len(classes), 50)
        for name, elements in classes.items():
            known = set()
            for field_name, field in get_fhir_model_class(name).model_fields.items():
                alias = field.alias or field_name
                if not alias.startswith("_") and not field_name.endswith("__ext"):
                    known.add(alias)
            self.assertEqual(known - NOT_ELEMENTS, set(elements), name)

    def test_every_held_type_is_checked(self):
        with file_open(ELEMENTS) as file:
            classes = json.load(file)
        for resource_type in self.env["hcrm.fhir.server"]._get_handlers():
            self.assertIn(resource_type, classes)

    def test_refusals_are_never_program_errors(self):
        for resource in (
            {"resourceType": "Patient", "contained": [{"resourceType": "Nonsense"}]},
            {"resourceType": "Patient", "name": "x"},
            {"resourceType": "Patient", "birthDate": {"a": []}},
            {"resourceType": "Patient", "gender": ["male"]},
            {"resourceType": "Observation"},
            {"resourceType": "Patient", "extension": [{"valueString": "no url"}]},
            {"resourceType": ["Patient"]},
        ):
            with self.assertRaises(FhirError) as caught:
                validate(resource, "Patient")
            self.assertEqual(caught.exception.status, 400)
