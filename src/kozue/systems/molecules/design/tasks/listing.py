"""What the benchmark tasks are called and where they come from."""

from __future__ import annotations

from dataclasses import dataclass

from kozue.core.records import Label

_GUACAMOL = "Brown et al., J. Chem. Inf. Model. 2019, 59, 1096; as in TDC (Huang et al., NeurIPS 2021)"
_DRD2 = "Olivecrona et al., J. Cheminform. 2017, 9, 48; as in TDC"
_KINASE = "Li, Zhang and Liu, J. Cheminform. 2018, 10, 33; as in TDC"
_QED = "Bickerton et al., Nat. Chem. 2012, 4, 90"
_PLOGP = "Gomez-Bombarelli et al., ACS Cent. Sci. 2018, 4, 268; constants of TDC"
_JSCORE = "Yang et al., Sci. Technol. Adv. Mater. 2017, 18, 972; as in ChemTSv3 1.3.7"


@dataclass(frozen=True, slots=True)
class Listed:
    """A task's title and source.

    Parameters
    ----------
    title : Label
        For people.
    source : str
        Where it was published.
    """

    title: Label
    source: str


LISTING: dict[str, Listed] = {
    "albuterol_similarity": Listed(
        Label("Similarity to albuterol", "サルブタモール（albuterol）との類似性"), _GUACAMOL
    ),
    "amlodipine_mpo": Listed(Label("Amlodipine, several aims", "アムロジピン（多目的）"), _GUACAMOL),
    "celecoxib_rediscovery": Listed(Label("Find celecoxib again", "セレコキシブの再発見"), _GUACAMOL),
    "deco_hop": Listed(
        Label("Keep the scaffold, change its decoration", "骨格を保ち修飾を替える"), _GUACAMOL
    ),
    "drd2": Listed(Label("Dopamine D2 activity (model)", "ドパミン D2 受容体活性（モデル）"), _DRD2),
    "fexofenadine_mpo": Listed(
        Label("Fexofenadine, several aims", "フェキソフェナジン（多目的）"), _GUACAMOL
    ),
    "gsk3b": Listed(Label("GSK-3 beta inhibition (model)", "GSK-3β 阻害（モデル）"), _KINASE),
    "isomers_c7h8n2o2": Listed(Label("Isomers of C7H8N2O2", "C7H8N2O2 の異性体"), _GUACAMOL),
    "isomers_c9h10n2o2pf2cl": Listed(
        Label("Isomers of C9H10N2O2PF2Cl", "C9H10N2O2PF2Cl の異性体"), _GUACAMOL
    ),
    "jnk3": Listed(Label("JNK3 inhibition (model)", "JNK3 阻害（モデル）"), _KINASE),
    "median1": Listed(Label("Between camphor and menthol", "カンファーとメントールの中間"), _GUACAMOL),
    "median2": Listed(
        Label("Between tadalafil and sildenafil", "タダラフィルとシルデナフィルの中間"), _GUACAMOL
    ),
    "mestranol_similarity": Listed(Label("Similarity to mestranol", "メストラノールとの類似性"), _GUACAMOL),
    "osimertinib_mpo": Listed(Label("Osimertinib, several aims", "オシメルチニブ（多目的）"), _GUACAMOL),
    "perindopril_mpo": Listed(Label("Perindopril, several aims", "ペリンドプリル（多目的）"), _GUACAMOL),
    "qed": Listed(Label("Drug-likeness (QED)", "薬らしさ（QED）"), _QED),
    "ranolazine_mpo": Listed(Label("Ranolazine, several aims", "ラノラジン（多目的）"), _GUACAMOL),
    "scaffold_hop": Listed(
        Label("Keep the decoration, change the scaffold", "修飾を保ち骨格を替える"), _GUACAMOL
    ),
    "sitagliptin_mpo": Listed(Label("Sitagliptin, several aims", "シタグリプチン（多目的）"), _GUACAMOL),
    "thiothixene_rediscovery": Listed(Label("Find thiothixene again", "チオチキセンの再発見"), _GUACAMOL),
    "troglitazone_rediscovery": Listed(Label("Find troglitazone again", "トログリタゾンの再発見"), _GUACAMOL),
    "valsartan_smarts": Listed(
        Label(
            "A part of valsartan, properties of sitagliptin", "バルサルタンの部分構造とシタグリプチンの物性"
        ),
        _GUACAMOL,
    ),
    "zaleplon_mpo": Listed(Label("Zaleplon, several aims", "ザレプロン（多目的）"), _GUACAMOL),
    "penalised_logp": Listed(Label("Penalised logP", "罰則付き logP"), _PLOGP),
    "j_score": Listed(Label("J score of ChemTS", "ChemTS の J スコア"), _JSCORE),
}

NAMES = tuple(LISTING)
PMO = tuple(name for name in NAMES if name not in ("penalised_logp", "j_score"))
#: Five of PMO's tasks, of different kinds, for a quick comparison.
QUICK = ("gsk3b", "drd2", "zaleplon_mpo", "isomers_c9h10n2o2pf2cl", "median1")
