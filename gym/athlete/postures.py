"""What an athlete can do: stand and squat with planted feet, walk, hold and lower a push-up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gym.athlete.body import (
    SIGN,
    Posture,
    Rig,
    about,
    about_x,
    about_y,
    angle_between_deg,
    basis,
    place_middle_joint,
    unit,
)


@dataclass(frozen=True, eq=False)
class Foot:
    """Where a foot is: its ankle (3,) m, turned outwards or in (rad, to the left), toes down (rad)."""

    ankle_m: np.ndarray
    turn: float = 0.0
    toes_down: float = 0.0


@dataclass(frozen=True)
class Arm:
    """How an arm is held, in rad: raised from hanging (0) to straight ahead (pi/2), elbow, aside."""

    raised: float = 0.0
    elbow: float = 0.24
    aside: float = 0.22


@dataclass(frozen=True)
class Angles:
    """The true angles and depths of a posture.

    Attributes
    ----------
    knee_deg, elbow_deg : float
        The mean of both sides; 180 is straight.
    lean_deg : float
        Hips to shoulders, from upright.
    hip_depth : float
        How far the hips are below the knees, in thigh lengths; negative above.
    shoulder_depth : float
        How far the shoulders are below the elbows, in upper-arm lengths; negative above.
    line_deg : float
        Bend of the line shoulders - hips - ankles: 0 straight, + hips high, - hips sagging.
    """

    knee_deg: float
    elbow_deg: float
    lean_deg: float
    hip_depth: float
    shoulder_depth: float
    line_deg: float


class Body:
    """A rig with the lengths of its limbs, and its postures.

    Parameters
    ----------
    rig : Rig
        With the bones of MakeHuman's game engine rig.
    """

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        at = rig.at
        self.thigh_m = float(np.linalg.norm(at("calf_l") - at("thigh_l")))
        self.shank_m = float(np.linalg.norm(at("foot_l") - at("calf_l")))
        self.upper_arm_m = float(np.linalg.norm(at("lowerarm_l") - at("upperarm_l")))
        self.forearm_m = float(np.linalg.norm(at("hand_l") - at("lowerarm_l")))
        self.hips_m = (at("thigh_l") + at("thigh_r")) / 2
        self.shoulders_m = (at("upperarm_l") + at("upperarm_r")) / 2
        self.trunk_m = float(np.linalg.norm(self.shoulders_m - self.hips_m))
        self.ankle_height_m = float(at("foot_l")[1])

    # --- on the feet --------------------------------------------------------------------------

    def stand(
        self,
        hips_m: np.ndarray,
        feet: dict[str, Foot],
        lean: float = 0.05,
        arms: dict[str, Arm] | None = None,
    ) -> Posture:
        """Stand on both feet, or step, with the hips at a place (3,) m and the trunk leant (rad)."""
        turned = self._turn_trunk(lean, look_down=0.25 * lean)
        for side, foot in feet.items():
            hip = hips_m + turned["pelvis"] @ (self.rig.at(f"thigh_{side}") - self.hips_m)
            ahead = np.array([np.sin(foot.turn), 0.0, np.cos(foot.turn)])
            self._turn_leg(turned, side, hip, foot.ankle_m, ahead)
            heel_to_toe = self.rig.at(f"ball_{side}") - self.rig.at(f"foot_{side}")
            at_rest = np.arctan2(heel_to_toe[0], heel_to_toe[2])
            turned[f"foot_{side}"] = (
                about_y(foot.turn) @ about_x(foot.toes_down) @ about_y(-at_rest)
            )
        pelvis = self._pelvis_m(hips_m, turned["pelvis"])
        for side in SIGN:
            self._turn_arm(turned, side, (arms or {}).get(side, Arm()))
        return self.rig.pose(turned, pelvis, self._curl_fingers(0.30))

    def squat(
        self, hip_height_m: float, lean: float, feet: dict[str, Foot], reach: float = 0.0
    ) -> Posture:
        """Squat with the hips at a height, sitting back so that the body stays over its feet.

        Parameters
        ----------
        hip_height_m : float
            Of the hip joints, above the floor.
        lean : float
            Of the trunk, rad.
        feet : dict of side to Foot
        reach : float
            0 arms at the sides, 1 straight ahead.
        """
        middle = (feet["l"].ankle_m + feet["r"].ankle_m) / 2
        ahead = np.array([np.sin(feet["l"].turn), 0.0, np.cos(feet["l"].turn)])
        hip = self.rig.at("thigh_l") - self.hips_m
        hips = np.array([middle[0], hip_height_m, middle[2]])
        for _ in range(12):
            knee = place_middle_joint(
                hips + hip, feet["l"].ankle_m, self.thigh_m, self.shank_m, ahead
            )
            # Shares of the body's weight: trunk and head, arms, thighs, shanks.
            shoulders_z = hips[2] + self.trunk_m * np.sin(lean)
            weight_z = (
                0.58 * (0.38 * hips[2] + 0.62 * shoulders_z)
                + 0.10 * (shoulders_z + 0.30 * reach)
                + 0.20 * (hips[2] + knee[2]) / 2
                + 0.12 * (knee[2] + middle[2]) / 2
            )
            hips[2] += 0.8 * (middle[2] + 0.03 - weight_z)
        arm = Arm(
            raised=np.radians(6 + 80 * reach),
            elbow=np.radians(14 - 6 * reach),
            aside=np.radians(12 - 9 * reach),
        )
        return self.stand(hips, feet, lean, {"l": arm, "r": arm})

    # --- on hands and toes --------------------------------------------------------------------

    def push_up(self, rise: float, bend: float = 0.0, hands_z_m: float | None = None) -> Posture:
        """Hold a push-up.

        Parameters
        ----------
        rise : float
            Angle (rad) of the line from ankles to shoulders above the floor.
        bend : float
            Of the body at the hips (rad): 0 straight, + hips high, - hips sagging.
        hands_z_m : float, optional
            Where the hands are; a little behind the shoulders by default.
        """
        on_toes = np.radians(72)
        foot = float(np.linalg.norm(self.rig.at("ball_l") - self.rig.at("foot_l")))
        ball_height = float(self.rig.at("ball_l")[1])
        ankles = np.array([0.0, ball_height + foot * np.sin(on_toes), -foot * np.cos(on_toes)])
        half_hip, half_stance = abs(self.rig.at("thigh_l")[0] - self.hips_m[0]), 0.10
        leg = np.sqrt((0.998 * (self.thigh_m + self.shank_m)) ** 2 - (half_hip - half_stance) ** 2)
        # The triangle ankles - hips - shoulders: its long side rises by `rise`.
        line = np.sqrt(leg**2 + self.trunk_m**2 + 2 * leg * self.trunk_m * np.cos(bend))
        leg_rise = rise + np.arcsin(np.clip(self.trunk_m * np.sin(bend) / line, -1, 1))
        trunk_rise = leg_rise - bend
        hips = ankles + leg * np.array([0.0, np.sin(leg_rise), np.cos(leg_rise)])
        trunk = self.shoulders_m - self.hips_m
        at_rest = np.arctan2(trunk[2], trunk[1])
        lean = np.pi / 2 - trunk_rise - at_rest
        turned = self._turn_trunk(lean, look_down=lean - 0.30, rounding=0.35 * bend)
        turned["pelvis"] = about_x((np.pi / 2 - leg_rise - at_rest + lean) / 2)
        for side, sign in SIGN.items():
            hip = hips + turned["pelvis"] @ (self.rig.at(f"thigh_{side}") - self.hips_m)
            ankle = ankles + np.array([sign * half_stance, 0.0, 0.0])
            self._turn_leg(turned, side, hip, ankle, np.array([0.0, -1.0, 0.3]))
            heel_to_toe = self.rig.at(f"ball_{side}") - self.rig.at(f"foot_{side}")
            straight = about_y(-np.arctan2(heel_to_toe[0], heel_to_toe[2]))
            drop = np.arctan2(-heel_to_toe[1], heel_to_toe[2])
            turned[f"foot_{side}"] = about_x(on_toes - drop) @ straight
            turned[f"ball_{side}"] = straight
        pelvis = self._pelvis_m(hips, turned["pelvis"])
        self._turn_supporting_arms(turned, self.rig.pose(turned, pelvis), hands_z_m)
        return self.rig.pose(turned, pelvis)

    # --- the truth about a posture ------------------------------------------------------------

    def middle(self, posture: Posture, bone: str) -> np.ndarray:
        """Return the point between the two sides' joints, (3,) m."""
        return sum(posture.joints_m[self.rig.index(f"{bone}_{side}")] for side in SIGN) / 2

    def measure(self, posture: Posture) -> Angles:
        """Measure the angles of a posture in three dimensions."""

        def at(bone: str) -> np.ndarray:
            return posture.joints_m[self.rig.index(bone)]

        def bend_of(a: str, corner: str, c: str) -> float:
            sides = [
                angle_between_deg(at(f"{a}_{s}"), at(f"{corner}_{s}"), at(f"{c}_{s}")) for s in SIGN
            ]
            return float(np.mean(sides))

        shoulders, elbows, hips, knees, ankles = (
            self.middle(posture, bone) for bone in ("upperarm", "lowerarm", "thigh", "calf", "foot")
        )
        trunk = shoulders - hips
        line = shoulders - ankles
        on_line = ankles + (hips - ankles) @ line / (line @ line) * line
        bend = 180 - angle_between_deg(shoulders, hips, ankles)
        return Angles(
            knee_deg=bend_of("thigh", "calf", "foot"),
            elbow_deg=bend_of("upperarm", "lowerarm", "hand"),
            lean_deg=float(np.degrees(np.arctan2(np.hypot(trunk[0], trunk[2]), trunk[1]))),
            hip_depth=float((knees[1] - hips[1]) / self.thigh_m),
            shoulder_depth=float((elbows[1] - shoulders[1]) / self.upper_arm_m),
            line_deg=bend if hips[1] > on_line[1] else -bend,
        )

    # --- turning bones ------------------------------------------------------------------------

    def _pelvis_m(self, hips_m: np.ndarray, rotation: np.ndarray) -> np.ndarray:
        """Return where the pelvis bone begins when the hip joints' middle is at a place."""
        return hips_m - rotation @ (self.hips_m - self.rig.at("pelvis"))

    def _turn_trunk(
        self, lean: float, look_down: float, rounding: float = 0.0
    ) -> dict[str, np.ndarray]:
        """Turn the spine: leant forwards, curled by ``rounding``, the face turned down."""
        return {
            "pelvis": about_x(lean - 0.90 * rounding),
            "spine_01": about_x(lean - 0.45 * rounding),
            "spine_02": about_x(lean + 0.25 * rounding),
            "spine_03": about_x(lean + 0.95 * rounding),
            "neck_01": about_x(0.5 * (lean + rounding + look_down)),
            "head": about_x(look_down),
        }

    def _turn_leg(
        self,
        turned: dict[str, np.ndarray],
        side: str,
        hip: np.ndarray,
        ankle: np.ndarray,
        front: np.ndarray,
    ) -> None:
        """Turn a thigh and a shank so that the leg goes from hip to ankle."""
        knee = place_middle_joint(hip, ankle, self.thigh_m, self.shank_m, front)
        names = (f"thigh_{side}", f"calf_{side}", f"foot_{side}")
        self._turn_limb(turned, names, (hip, knee, ankle), front, np.array([0.0, 0.0, 1.0]))

    def _turn_arm(self, turned: dict[str, np.ndarray], side: str, arm: Arm) -> None:
        """Turn an arm that hangs, swings or reaches."""
        sign = SIGN[side]
        shoulder = np.zeros(3)
        upper = unit(np.array([sign * np.sin(arm.aside), -np.cos(arm.raised), np.sin(arm.raised)]))
        lower_raised = arm.raised + arm.elbow
        inwards = 0.3 * np.sin(arm.aside) - 0.10 * np.sin(arm.raised)
        lower = unit(np.array([sign * inwards, -np.cos(lower_raised), np.sin(lower_raised)]))
        elbow = shoulder + self.upper_arm_m * upper
        wrist = elbow + self.forearm_m * lower
        front = np.array([-0.15 * sign, np.sin(arm.raised), np.cos(arm.raised)])
        self._turn_bent_arm(turned, side, (shoulder, elbow, wrist), front)

    def _turn_supporting_arms(
        self, turned: dict[str, np.ndarray], trunk: Posture, hands_z_m: float | None
    ) -> None:
        """Turn both arms so that the palms stand on the floor."""
        flare, half_width, palm_height = np.radians(35), 0.25, 0.060
        for side, sign in SIGN.items():
            shoulder = trunk.joints_m[self.rig.index(f"upperarm_{side}")]
            z = shoulder[2] - 0.07 if hands_z_m is None else hands_z_m
            wrist = np.array([sign * half_width, palm_height, z])
            out = unit(np.array([sign * np.sin(flare), 0.25, -np.cos(flare)]))
            elbow = place_middle_joint(shoulder, wrist, self.upper_arm_m, self.forearm_m, out)
            self._turn_bent_arm(turned, side, (shoulder, elbow, wrist), -out)
            fingers = self.rig.at(f"middle_01_{side}") - self.rig.at(f"hand_{side}")
            across = self.rig.at(f"pinky_01_{side}") - self.rig.at(f"index_01_{side}")
            ahead = np.array([0.10 * sign, 0.05, 1.0])
            turned[f"hand_{side}"] = basis(ahead, np.array([sign, 0, 0])) @ basis(fingers, across).T

    def _turn_bent_arm(
        self,
        turned: dict[str, np.ndarray],
        side: str,
        places: tuple[np.ndarray, np.ndarray, np.ndarray],
        front: np.ndarray,
    ) -> None:
        """Turn an arm through shoulder, elbow and wrist; ``front``: where the elbow's inside faces."""
        names = (f"upperarm_{side}", f"lowerarm_{side}", f"hand_{side}")
        shoulder, elbow, wrist = (self.rig.at(name) for name in names)
        self._turn_limb(turned, names, places, front, (wrist - elbow) - (elbow - shoulder))

    def _turn_limb(
        self,
        turned: dict[str, np.ndarray],
        names: tuple[str, str, str],
        places: tuple[np.ndarray, np.ndarray, np.ndarray],
        front: np.ndarray,
        front_at_rest: np.ndarray,
    ) -> None:
        """Turn a limb's two bones so that its three joints come to their places, front in front."""
        for k in (0, 1):
            at_rest = self.rig.at(names[k + 1]) - self.rig.at(names[k])
            now = basis(places[k + 1] - places[k], front)
            turned[names[k]] = now @ basis(at_rest, front_at_rest).T

    def _curl_fingers(self, angle: float) -> dict[str, np.ndarray]:
        """Bend every finger's joints a little, as in a hand at rest."""
        bends = {}
        for side, sign in SIGN.items():
            across = self.rig.at(f"pinky_01_{side}") - self.rig.at(f"index_01_{side}")
            for finger in ("index", "middle", "ring", "pinky"):
                for joint in ("01", "02", "03"):
                    bends[f"{finger}_{joint}_{side}"] = about(sign * across, angle)
        return bends
