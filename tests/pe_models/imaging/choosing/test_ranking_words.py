"""What descriptions say, in the languages and the haste in which they are written."""

import pytest

from pe_models.imaging.choosing.ranking_words import Kind, hints_in

PE = [
    "PE", "PE protocol", "P.E.", "CHEST R/O PE", "Thorax_PE_1.0", "STAT PE", "CTPE", "CT PE",
    "ctpa", "CTPA 1.0 AIDR 3D STD", "CT-PA", "pulm emb", "Pulmonary Embolism", "PULM ART 1.0",
    "PULM ANGIO", "CTA Pulmonary", "CT ANGIO CHEST PULMONARY", "Triple rule-out",
    "Lungenembolie", "Pulmonalis-CTA", "CTA Pulmonalis 1.0", "Pulmonalisangio", "PA-Angio",
    "Lungenarterien", "Thorax LAE",
    "Angio-TDM pulmonaire", "angioscanner EP", "Embolie pulmonaire", "Artères pulmonaires 1mm",
    "TEP", "angioTAC pulmonar", "Tromboembolismo", "Angio-TC de arterias pulmonares",
    "angio TC polmonare", "Embolia polmonare", "Arterie polmonari", "Angiotomografia pulmonar",
    "Longembolie", "CTA longarterien", "Lungemboli", "Zatorowość płucna",
    "肺動脈造影", "肺栓塞", "폐색전", "ТЭЛА",
]  # fmt: skip
NOT_PE = [
    "PET CT", "TEP TDM thorax", "Pectus", "Thorax 1.0", "Hepatic chemoembolization",
    "Pulmonary veins", "APEX", "Speed", "PA", "type", "CT thorax", "cardiac EP",
]  # fmt: skip


@pytest.mark.parametrize("description", PE)
def test_pulmonary_embolism_is_understood(description):
    assert [hint.points for hint in hints_in(description) if hint.kind is Kind.PURPOSE] == [6]


@pytest.mark.parametrize("description", NOT_PE)
def test_what_only_looks_like_it_is_not(description):
    assert all(hint.points < 6 for hint in hints_in(description))


CONTRAST = {
    -4: [
        "CT chest w/o", "WO contrast", "Thorax without", "NON CON", "noncontrast", "non-contrast",
        "unenhanced", "NCCT", "plain", "Thorax nativ", "Thorax ohne KM", "sans injection", "natif",
        "sin contraste", "TC simple", "senza mdc", "basale", "sem contraste", "blanco",
        "zonder contrast", "Chest C-", "平扫", "単純",
    ],
    2: [
        "with contrast", "Chest W/ IV contrast", "w/contrast", "Thorax mit KM", "avec injection",
        "con contraste", "con mdc", "com contraste", "met contrast", "C+", "IV+ 1.0", "增强",
    ],
    None: [
        "Thorax 1.0", "CT CHEST W WO CONTRAST", "CT CHEST W/WO", "with and without contrast",
        "mit und ohne KM", "avec et sans injection", "con y sin contraste", "senza e con mdc",
        "w/o ECG", "ohne EKG", "Br40 without gating", "C-spine",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("points", "description"),
    [(points, description) for points, each in CONTRAST.items() for description in each],
)
def test_with_and_without_contrast_are_told_apart(points, description):
    told = next((h.points for h in hints_in(description) if h.kind is Kind.CONTRAST), None)
    assert told == points


OTHERS = {
    Kind.PHASE: ["delayed", "late", "venous", "portal venous", "Spät", "venös", "phase tardive"],
    Kind.SCOUT: ["Scout", "Topogram 0.6", "Surview", "Localizer", "Localiser", "Scanogram", "Topo"],
    Kind.BOLUS: ["Bolus Tracking", "PreMonitoring", "Test inj", "SmartPrep", "Locator", "Timing"],
    Kind.PROJECTION: ["MIP 8/2", "axial MIP", "thin_MIP", "Max Int Proj"],
    Kind.RENDERING: ["MinIP", "VRT", "3D", "volume rendering"],
    Kind.REPORT: ["Dose Report", "Dosisbericht", "Dose info", "Patient Protocol", "Screen Save"],
    Kind.SPECTRAL: ["Iodine map", "Lung PBV", "VNC", "MonoE 40 keV", "Z Eff", "Jod", "perfusion"],
    Kind.ELSEWHERE: ["Head", "Schädel", "Abdomen", "Liver", "runoff", "Neck", "C-spine"],
    Kind.LUNG: ["Lung 1.0", "HRCT", "Lunge", "Poumon"],
}


@pytest.mark.parametrize(
    ("kind", "description"), [(kind, each) for kind, words in OTHERS.items() for each in words]
)
def test_what_is_no_ctpa_is_understood(kind, description):
    found = {hint.kind: hint.points for hint in hints_in(description)}
    assert found[kind] < 0


@pytest.mark.parametrize("description", ["aorta", "dissection", "TAVI", "coronary", "CCTA", "EVAR"])
def test_an_angiography_of_something_else_speaks_against(description):
    (hint,) = (h for h in hints_in(f"CTA {description}") if h.kind is Kind.PURPOSE)
    assert hint.points < 0


@pytest.mark.parametrize("description", ["iDose (3)", "Low dose chest", "AIDR 3D", "Head First"])
def test_names_of_techniques_are_not_taken_for_reports_and_renderings(description):
    kinds = {hint.kind for hint in hints_in(description)}
    assert not kinds & {Kind.REPORT, Kind.RENDERING, Kind.ELSEWHERE}


@pytest.mark.parametrize("description", ["", " ", "\0", "١٢", "AX", "a" * 10_000])
def test_a_description_that_says_nothing_gives_no_hint(description):
    assert hints_in(description) == ()
