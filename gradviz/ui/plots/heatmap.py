"""The heat map panel: what every recorded epoch looked like, layer by layer, in one picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QComboBox

from gradviz.core.formats import FORMATS
from gradviz.core.frames import Frames
from gradviz.runs.moment import Moment
from gradviz.runs.run import Run
from gradviz.ui.plots.colour_bar import ColourBar
from gradviz.ui.plots.cost import epochs_shown
from gradviz.ui.plots.heat_image import LANES, SUBNORMAL, HeatImage
from gradviz.ui.plots.heat_plot import NARROW, Cell, HeatPlot
from gradviz.ui.plots.heat_quantities import QUANTITIES, WIDE_QUANTITIES, HeatQuantity, Spans, numbers
from gradviz.ui.plots.heat_spans import Source, gathered, greatest_after, nearest, source_of, spans_between, split
from gradviz.ui.plots.panel import Panel
from gradviz.ui.plots.plot import Subject
from gradviz.ui.plots.scales import Linear, Range
from gradviz.ui.plots.ticks import whole_ticks
from gradviz.ui.plots.titles import sample_name
from gradviz.ui.theme import Theme

#: About so many numbers are added to the image at once: what fits into the processor's cache is quicker.
NUMBERS_AT_ONCE = 65_536
#: Labels of a scale that nothing has chosen yet would say what is not so; it has none.
NO_SCALE = Range(-1.0, 0.0)


class HeatMapPanel(Panel):
    """Layer by epoch: a gradient, an activation or a factor as a colour; a list on the plot says which."""

    def __init__(self) -> None:
        super().__init__("heatmap", "Layer × epoch")
        self.bar = ColourBar()
        self.plot = self.add_plot(Subject(self.title, "layer k", across="epoch"), Linear(Range(0.5, 1.5)), kind=HeatPlot, right=self.bar)
        self.plot.titles, self.plot.remarks, self.plot.describe = self._titles, self._remarks, self._describe
        self.choice = QComboBox(self.viewport())
        self.choice.setObjectName("heat_choice")
        self.choice.setAccessibleName("What the heat map shows")
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._offered: Mapping[str, HeatQuantity] = {}
        for name in QUANTITIES:
            self.choice.addItem("", name)
        self._offer(QUANTITIES)
        self.choice.currentIndexChanged.connect(self._on_chosen)
        self.overlays.append(self.choice)
        self._moment: Moment | None = None
        self._ranges: dict[str, Range] = {}
        #: The epoch at which a person let the colours of a quantity be chosen anew.
        self._anew: dict[str, int] = {}
        self._seen_epoch = -1
        self._said: object = None
        self._say_what()

    @property
    def quantity(self) -> HeatQuantity:
        """What is shown."""
        return self._offered[self.choice.currentData()]

    def _offer(self, quantities: Mapping[str, HeatQuantity]) -> None:
        """Let a person choose among these, which have the same names for a chain and a wide network."""
        if quantities is self._offered:
            return
        self._offered = quantities
        for place, quantity in enumerate(quantities.values()):
            self.choice.setItemText(place, quantity.choice)
            self.choice.setItemData(place, f"{quantity.formula}: {quantity.help}.", Qt.ItemDataRole.ToolTipRole)
        self._place_buttons()

    @property
    def quantities(self) -> tuple[str, ...]:
        return (self.quantity.name,) if self.quantity.name in ("g", "h", "dw") else ("g",)

    def set_range(self, low: float, high: float, quantity: str = "g") -> None:
        """Let the colours of a quantity stand for these decades, until another experiment begins."""
        self._ranges[quantity] = Range(low, high)
        self._draw_anew()

    def begin_anew(self) -> None:
        super().begin_anew()
        self._moment = None
        self._ranges, self._anew = {}, {}

    def show_moment(self, moment: Moment) -> None:
        before, self._moment = self._moment, moment
        self._offer(WIDE_QUANTITIES if moment.config.wide else QUANTITIES)
        if before is None or before.run is not moment.run or before.sample != moment.sample or self.plot.image is None:
            self._build(moment)
        else:
            span = self.plot.image.every * moment.run.stride
            self._append(spans_between(moment.run, (self._seen_epoch + 1) // span * span))  # the last span may have gone on
        self.plot.fills = moment.run.ending is None
        upto = self._epochs_shown(moment.run)
        self.plot.set_across(-0.5, upto - 0.5)
        whole_ticks(self.plot.item.getAxis("bottom"), upto)
        self.plot.show_epoch(moment.epoch)
        self._show_scale()

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self.bar.colour(theme)

    def _epochs_shown(self, run: Run) -> float:
        """As the cost's axis; but of a run that has ended almost as soon as it began, only what there is of it."""
        whole = epochs_shown(run)
        seen = run.epochs_done / whole * self.plot.item.vb.width() >= NARROW
        return whole if run.ending is None or seen else max(1.0, run.epochs_done)

    def reset_view(self) -> None:
        """Show all cells again, in colours chosen anew from all that is kept."""
        super().reset_view()
        if self._moment is None:
            return
        run, name = self._moment.run, self.quantity.name
        reach = np.concatenate([np.empty((0, 2)), *self._reaches([block for some in spans_between(run, -1) for block in self.quantity.frames_of(some)])])
        if not np.isnan(reach).all() and (scale := self.quantity.range_for(reach, self._normal)) != self._ranges.get(name):
            self._ranges[name], self._anew[name] = scale, int(run.newest.epoch[-1])
            self._draw_anew()

    # data

    @property
    def _drawn(self) -> tuple[HeatImage, Moment]:
        """What is drawn, where something is."""
        assert self.plot.image is not None, "cells are of an image"
        assert self._moment is not None, "an image is of a moment's run"
        return self.plot.image, self._moment

    @property
    def _layers(self) -> slice:
        """The layers that have a row."""
        assert self._moment is not None, "layers are of a moment's network"
        return self.quantity.layers(self._moment.config.layers)

    @property
    def _normal(self) -> float:
        """The smallest number that has a colour."""
        assert self._moment is not None, "a number format is of a moment's run"
        return FORMATS[self._moment.config.number_format].smallest_normal

    def _build(self, moment: Moment) -> None:
        """Draw all that the run has kept."""
        layers, config = self._layers, moment.config
        rows = len(range(layers.start, layers.stop, layers.step))
        image = HeatImage(
            rows, self._ranges.get(self.quantity.name, NO_SCALE), self._normal, min(config.observe_every, config.epochs), quotients=self.quantity.factor
        )
        self.plot.show_image(image, layers)
        whole_ticks(self.plot.item.getAxis("left"), config.layers)
        self._seen_epoch = -1
        self._append(spans_between(moment.run, -1))
        if self.plot.pinned is not None:
            self._pin(*self.plot.pinned)

    def _append(self, spans: Sequence[Spans]) -> None:
        """Add what is new to the image."""
        image, moment = self.plot.image, self._moment
        if image is None or moment is None or not len(self.plot.layers):
            return
        if self.quantity.name not in self._ranges:
            self._choose_scale([some.frames for some in spans])
            image.scale = self._ranges.get(self.quantity.name, NO_SCALE)
        image.join_up_to(image.every * moment.run.stride)
        for some in gathered(spans, NUMBERS_AT_ONCE // len(self.plot.layers)):
            epochs = np.concatenate([block.frames.epoch for block in some])
            image.append(epochs, *self.quantity.extremes(some, moment.sample, self._layers))
            self._seen_epoch = int(epochs[-1])

    def _choose_scale(self, blocks: Sequence[Frames]) -> None:
        """Let the colours stand for what is in the first frame where any sample has a value with a colour: until then every cell is in a lane."""
        for reach in self._reaches(blocks):
            known = reach[~np.isnan(reach[:, 0])]
            if len(known):
                self._ranges[self.quantity.name] = self.quantity.range_for(known[:1], self._normal, more_follow=True)
                return

    def _reaches(self, blocks: Sequence[Frames]) -> Iterator[NDArray[np.float64]]:
        """How far colours have to reach, frame after frame, some at once."""
        if len(self.plot.layers):
            samples = self._drawn[1].frame.g.shape[1] if self.quantity.by_sample else 1
            for some in split(blocks, max(1, NUMBERS_AT_ONCE // (samples * len(self.plot.layers)))):
                yield self.quantity.reach(some, self._layers, self._normal)

    # words

    def _titles(self) -> list[str]:
        """The longest first. Of several samples the one that is shown is always named: what is shown of it, the list on the plot says too."""
        formula, sample = self.quantity.formula, self._sample * self.quantity.by_sample
        whole = ", ".join([f"{formula} by layer and epoch", *[sample] * bool(sample)])
        if not sample or len(self._drawn[1].config.inputs) == 1:
            return [whole, formula]
        return [whole, f"{formula}, {sample}", sample]

    def _remarks(self) -> list[tuple[str, str]]:
        """What the title says of the colours, in more and in fewer words."""
        anew = self._anew.get(self.quantity.name)
        return [] if anew is None else [(f"colours chosen anew at epoch {anew:,}", f"colours since epoch {anew:,}")]

    @property
    def _sample(self) -> str:
        """The sample that is shown, where one is: a wide layer is described by all of them."""
        if self._moment is None or self._moment.config.wide:
            return ""
        return sample_name(self._moment.config, self._moment.sample)

    def _show_scale(self) -> None:
        image = self.plot.image
        if image is None:
            return
        scale = self._ranges.get(self.quantity.name)
        self.bar.show_scale(scale, image.seen, in_decades=not self.quantity.factor)
        said = (self.quantity, self._sample, scale, image.seen)
        if said != self._said:
            self._said = said
            self._say_what()

    def _say_what(self) -> None:
        """The tooltip, and what the colours mean in words for who cannot see it."""
        self.choice.setToolTip(f"What the colours show. Now: {self.quantity.formula}, {self.quantity.help}.")
        self.tell(self.in_words())

    def in_words(self) -> str:
        """What the colours show, and which numbers they stand for."""
        quantity, image = self.quantity, self.plot.image
        words = [f"Colours show {quantity.formula}, {quantity.help}: epochs from left to right, layers from the lowest at the bottom to the output at the top"]
        if image is not None and self._moment is not None:
            words[0] += f", for {self._sample}" if quantity.by_sample else ""
            if quantity.name in self._ranges:
                low, high = (self.bar.number(end) for end in image.scale)
                words += [f"The scale runs from {low} (dark violet) to {high} (yellow)"]
            words += ["Some values are " + " or ".join(lane.phrase for code, lane in LANES.items() if code in image.seen)] if image.seen else []
        return ". ".join(words) + "."

    def _describe(self, cell: Cell) -> str:
        """What the box under the cursor says of a cell."""
        source, layer, sample = self._source_of(cell), int(self.plot.layers[cell.row]), self._drawn[1].sample
        lines = self.quantity.reading(source.frame, sample, layer, spread=not source.of_span)
        return "\n".join([f"{source.when(self._drawn[1].run)}, layer {layer:,}", *lines, *self._columns_epochs(cell)])

    def _columns_epochs(self, cell: Cell) -> list[str]:
        """Which epochs a cell's column stands for, where they are several."""
        image = self._drawn[0]
        if image.span == image.every:
            return []
        epochs = f"epochs {cell.column * image.span:,} to {(cell.column + 1) * image.span - 1:,}"
        greatest = not image.quotients and image.codes[cell.row, cell.column] < SUBNORMAL
        return [f"the greatest of {epochs}" if greatest else f"this colour is of {epochs}"]

    def _source_of(self, cell: Cell) -> Source:
        """Whose number a cell's colour stands for: the greatest of its epochs, or the first in the lane that it shows; where that is gone, the first."""
        image, moment = self._drawn
        begins, layer = cell.column * image.span, int(self.plot.layers[cell.row])
        spans, code = spans_between(moment.run, begins, begins + image.span - 1), int(image.codes[cell.row, cell.column])
        return source_of(spans, code, image, self.quantity, moment.sample, layer) or Source(nearest(moment.run, begins))

    # a person

    def _on_chosen(self) -> None:
        self._say_what()
        self.plot.reset_view()
        self._draw_anew()

    def _draw_anew(self) -> None:
        if self._moment is not None:
            self.plot.image = None
            self.show_moment(self._moment)

    def pick(self, position: QPointF) -> None:
        """Pin the numbers of the cell there."""
        cell = self.plot.cell_at(position)
        if cell is not None:
            self._pin(self._source_of(cell).epoch, int(self.plot.layers[cell.row]))
            self.setAccessibleDescription(f"Pinned: {self.plot.pinned_text}")

    def _on_mouse_clicked(self, event: object) -> None:
        super()._on_mouse_clicked(event)
        if event.button() != Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            return
        place = event.scenePos()  # type: ignore[attr-defined]
        cell = self.plot.cell_at(place)
        if event.double() or cell is None or self.plot.is_near_pin(place):  # type: ignore[attr-defined]
            self.plot.unpin()
        else:
            self._pin(self._source_of(cell).epoch, int(self.plot.layers[cell.row]))

    def _pin(self, epoch: int, layer: int) -> None:
        """Pin the exact numbers of this epoch and layer, or of the nearest epoch whose profile is kept."""
        run, sample = self._drawn[1].run, self._drawn[1].sample
        frame = nearest(run, epoch)
        kept = int(frame.epoch[0])
        where = ", ".join([f"epoch {kept:,}, layer {layer:,}", *[self._sample] * bool(self._sample)])
        lines = [where if kept == epoch else f"{where} (epoch {epoch:,} is not kept: this one is the nearest)"]
        lines += numbers(frame, sample, layer, self.quantity)
        lines += greatest_after(run, kept, self.quantity, sample, layer)
        self.plot.pin(kept, layer, "\n".join(lines))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() == Qt.Key.Key_Escape and self.plot.pinned is not None:
            self.plot.unpin()
            event.accept()
            return
        super().keyPressEvent(event)
