"""Numbers as a book prints them, whether a float can hold them or not."""

from __future__ import annotations

import math

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def scientific(sign: float, decades: float, digits: int = 3) -> str:
    """A number given by sign and log10 of its absolute value, such as −1.23×10⁻⁶⁰⁸⁰, however far outside float64."""
    if math.isnan(sign) or math.isnan(decades):
        return "NaN"
    if sign == 0.0 or decades == -math.inf:
        return "0"
    minus = "−" if sign < 0.0 else ""
    if decades == math.inf:
        return f"{minus}∞"
    exponent = math.floor(decades)
    mantissa = f"{math.pow(10.0, decades - exponent):.{digits - 1}f}"
    if mantissa.startswith("10"):
        exponent, mantissa = exponent + 1, f"{1.0:.{digits - 1}f}"
    return f"{minus}{mantissa}" + (f"×10{str(exponent).translate(SUPERSCRIPTS)}" if exponent else "")


def short(value: float, digits: int = 6) -> str:
    """A float64 to a few digits, with the minus sign of print: 0.124955, −0.5, 1.92442×10⁻²², ∞."""
    mantissa, e, exponent = f"{value:.{digits}g}".partition("e")
    power = f"×10{str(int(exponent)).translate(SUPERSCRIPTS)}" if e else ""
    return mantissa.replace("-", "−").replace("inf", "∞").replace("nan", "NaN") + power
