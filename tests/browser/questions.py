"""What the browser tests ask a page, and the phone they ask it on."""

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
READY = "window.__player?.video.readyState >= 3 && __player.poses && __player.heads.size == 2"
#: Where the playheads stand, in seconds of the charts' own axes.
HEADS_S = """() => [...document.querySelectorAll('.playhead')].map((head) => {
    const chart = head.closest('.js-plotly-plot');
    const box = chart.querySelector('.draglayer .nsewdrag').getBoundingClientRect();
    const at = head.getBoundingClientRect();
    const [low, high] = chart._fullLayout.xaxis.range;
    return low + (high - low) * (at.left + at.width / 2 - box.left) / box.width;
})"""
SIDEWAYS = """() => {
    const main = document.querySelector('.stMain'), all = document.documentElement;
    return Math.max(main.scrollWidth - main.clientWidth, all.scrollWidth - all.clientWidth);
}"""
