"""PoseRAC-style: single poses, each the salient pose of a class or nothing, and a trigger.

Exact: a transformer of 6 layers and 9 heads over one pose at a time; one sigmoid a class; of a class's
two salient poses the first means the class and the second nothing; triplet loss and cross-entropy; the
trigger: a momentum of 0.4, entered above 0.78, left below 0.40, of a pose and of its contrary in turn.
Adapted: 13 joints in a box (theirs: 33, stretched in the same way, with depth); 8 classes of
Countix-Fitness, not those of RepCount-A. The class is **predicted**, the one whose share is highest
over the clip. Their published figures keep for each test clip the class whose count is nearest the
truth, which nobody can who does not know it.
Ours: 36 numbers an embedding and 128 hidden ones; poses of other movement as "nothing" as well.

References
----------
Yao, Cheng, Zou: "PoseRAC: Pose Saliency Transformer for Repetitive Action Counting", 2023.
"""

from __future__ import annotations

from torch import Tensor, nn

from gym.counting.triggers import SALIENT_CLASSES
from gym.skeleton import PENN_JOINTS


class PoseRAC(nn.Module):
    """Names the salient pose in single frames."""

    def __init__(self, width: int = 36, heads: int = 9, layers: int = 6, hidden: int = 128) -> None:
        super().__init__()
        self.embed = nn.Linear(2 * len(PENN_JOINTS), width)
        layer = nn.TransformerEncoderLayer(width, heads, hidden, dropout=0.1, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.answer = nn.Linear(width, len(SALIENT_CLASSES))

    def forward(self, joints: Tensor) -> dict[str, Tensor]:
        """Answer about poses (N, 26): ``embedding`` (N, W), ``classes`` (N, 8) before the sigmoid."""
        embedding = self.layers(self.embed(joints)[:, None])[:, 0]
        return {"embedding": embedding, "classes": self.answer(embedding)}
