"""The sentences, names and objects of the easy problems, one set to train on and one held out.

A template names the kinds of object that make sense in it, so that nobody eats a shirt. In a template `{a}` and `{b}`
are the numbers, `{x}` and `{y}` two different people, `{o}` the object with its classifier ("quả táo") and `{c}` the
classifier alone ("quả"), which is how Vietnamese says "three of them". `{a}` stands before `{b}` everywhere.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Wording:
    """One split's vocabulary: templates as (kinds, sentence) pairs, and objects by kind."""

    names: tuple[str, ...]
    objects: dict[str, tuple[str, ...]]
    add: tuple[tuple[str, str], ...]
    sub: tuple[tuple[str, str], ...]


TRAIN_NAMES: Final = (
    "Lan Nam Mai Hùng Dũng Linh Hà Minh Tuấn Thảo Phương Quân Trang Huy Ngọc Sơn Vy Khánh Đức Yến Long Thu Việt "
    "Nga Bình Cường Hạnh Hiếu Oanh Phúc Quỳnh Tâm Thành Tú Vân Bảo Chi Giang Hiền Kiên"
)
HELD_OUT_NAMES: Final = (
    "An Hoa Tùng Loan Đạt Nhung Thắng Hương Trung Diệp Khôi My Toàn Uyên Lâm Châu Hải Ánh Nguyên Tiến Liên Mạnh "
    "Thủy Phong"
)

TRAIN: Final = Wording(
    names=tuple(TRAIN_NAMES.split()),
    objects={
        "none": ("",),  # bare sums and ages: nothing is counted
        "snack": ("cái kẹo", "quả mận", "quả dâu tây", "cái bánh quy", "hạt dẻ"),
        "fruit": ("quả táo", "quả cam", "quả xoài", "quả lê", "quả ổi"),
        "food": ("quả trứng", "củ khoai", "bắp ngô"),
        "item": ("viên bi", "quyển vở", "cái bút chì", "cục tẩy", "con tem", "tờ giấy màu", "cái nhãn vở"),
        "book": ("quyển truyện", "quyển sách"),
        "house": ("cái cốc", "cái bát", "cái bình"),
        "wear": ("cái mũ", "chiếc khăn", "chiếc áo"),
        "flower": ("bông hồng", "bông cúc", "bông hoa"),
        "tree": ("cây cam", "cây xoài", "cây chuối"),
        "animal": ("con gà", "con thỏ", "con lợn", "con cừu"),
        "duck": ("con vịt", "con ngan"),
        "bird": ("con chim sẻ", "con cò", "con bồ câu"),
        "fish": ("con cá vàng", "con cá chép"),
        "car": ("chiếc ô tô", "chiếc xe máy", "chiếc xe đạp"),
        "person": ("em học sinh", "người khách", "cô công nhân"),
    },
    add=(
        ("snack fruit item", "{x} có {a} {o}. Mẹ cho thêm {b} {c} nữa. Hỏi {x} có tất cả bao nhiêu {o}?"),
        ("snack item", "{x} có {a} {o}, {y} cho {x} thêm {b} {c}. Hỏi {x} có bao nhiêu {o}?"),
        ("snack item flower", "{x} có {a} {o}, {y} có {b} {o}. Hỏi cả hai bạn có bao nhiêu {o}?"),
        ("fruit flower", "{x} hái được {a} {o}, {y} hái được {b} {o}. Hỏi hai bạn hái được tất cả bao nhiêu {o}?"),
        ("house wear", "Buổi sáng cô bán hàng bán được {a} {o}, buổi chiều bán {b} {o}. Hỏi cả ngày cô bán mấy {o}?"),
        ("house car", "Hôm qua cửa hàng bán {a} {o}, hôm nay bán {b} {o}. Hỏi cả hai ngày bán được bao nhiêu {o}?"),
        ("animal", "Trong sân có {a} {o}, có thêm {b} {c} chạy đến. Hỏi trong sân có tất cả bao nhiêu {o}?"),
        ("bird", "Trên cành cây có {a} {o}, có thêm {b} {c} bay đến. Hỏi trên cành có tất cả bao nhiêu {o}?"),
        ("fish", "Bể cá nhà {x} có {a} {o}. Bố thả thêm {b} {c} vào bể. Hỏi trong bể có tất cả bao nhiêu {o}?"),
        ("animal duck", "Nhà {x} nuôi {a} {o}, nhà {y} nuôi {b} {o}. Hỏi cả hai nhà nuôi bao nhiêu {o}?"),
        ("flower", "Trong lọ có {a} {o}, {x} cắm thêm {b} {c} nữa. Hỏi trong lọ có tất cả bao nhiêu {o}?"),
        ("car", "Trong bãi có {a} {o}. Lát sau có thêm {b} {c} đi vào. Hỏi trong bãi có tất cả bao nhiêu {o}?"),
        ("snack item", "{x} có {a} {o}. {y} có nhiều hơn {x} {b} {c}. Hỏi {y} có bao nhiêu {o}?"),
        ("tree", "Vườn nhà {x} có {a} {o}. Bố trồng thêm {b} {c} nữa. Hỏi trong vườn có tất cả bao nhiêu {o}?"),
        ("fruit food house", "Mẹ mua {a} {o}, sau đó mua thêm {b} {c}. Hỏi mẹ đã mua tổng cộng bao nhiêu {o}?"),
        ("house book", "Trên bàn có {a} {o}, trong tủ có {b} {o}. Hỏi có tổng cộng bao nhiêu {o}?"),
        ("item book", "{x} được cô giáo tặng {a} {o}, được mẹ tặng {b} {o}. Hỏi {x} được tặng bao nhiêu {o}?"),
        ("item", "Hôm qua {x} mua {a} {o}, hôm nay {x} mua thêm {b} {c}. Hỏi {x} đã mua tất cả bao nhiêu {o}?"),
        ("person", "Trên xe có {a} {o}, có thêm {b} {c} lên xe. Hỏi trên xe có tất cả bao nhiêu {o}?"),
        ("person", "Phòng bên trái có {a} {o}, phòng bên phải có {b} {o}. Hỏi cả hai phòng có mấy {o}?"),
        ("fruit food", "Giỏ thứ nhất đựng {a} {o}, giỏ thứ hai đựng {b} {o}. Hỏi cả hai giỏ đựng bao nhiêu {o}?"),
        ("snack", "{x} đã ăn {a} {o}, bây giờ {x} ăn thêm {b} {c} nữa. Hỏi {x} đã ăn tất cả bao nhiêu {o}?"),
        ("duck", "Một đàn có {a} {o} ở dưới ao và {b} {c} ở trên bờ. Hỏi cả đàn có bao nhiêu {o}?"),
        ("animal house", "Nhà {x} có {a} {o}, bố mua về thêm {b} {c}. Hỏi bây giờ nhà {x} có mấy {o}?"),
        ("snack item", "{x} học giỏi nên được thưởng {a} {o}, sau đó được thưởng thêm {b} {c}. Hỏi {x} được mấy {o}?"),
        ("tree", "Tổ của {x} trồng {a} {o}, tổ của {y} trồng {b} {o}. Hỏi cả hai tổ trồng bao nhiêu {o}?"),
        ("fish duck", "Dưới ao có {a} {o}, có thêm {b} {c} bơi đến. Hỏi dưới ao có tất cả bao nhiêu {o}?"),
        ("item", "Hộp xanh có {a} {o}, hộp đỏ có {b} {o}. Hỏi hai hộp có tổng cộng bao nhiêu {o}?"),
        ("item", "Cô giáo phát cho {x} {a} {o} và cho {y} {b} {o}. Hỏi cô đã phát tất cả mấy {o}?"),
        ("item flower", "Lúc đầu {x} có {a} {o}, sau đó {x} được {y} tặng {b} {c}. Hỏi {x} có tất cả bao nhiêu {o}?"),
        ("book house", "Kệ trên có {a} {o}, kệ dưới nhiều hơn kệ trên {b} {c}. Hỏi kệ dưới có bao nhiêu {o}?"),
        ("none", "Năm nay {x} {a} tuổi. Hỏi {b} năm nữa {x} bao nhiêu tuổi?"),
        ("none", "Tổng của {a} và {b} là bao nhiêu?"),
        ("none", "Số {a} cộng thêm {b} được bao nhiêu?"),
        ("none", "{a} cộng với {b} bằng mấy?"),
    ),
    sub=(
        ("snack fruit item", "{x} có {a} {o}. {x} cho {y} {b} {c}. Hỏi {x} còn lại bao nhiêu {o}?"),
        ("snack", "{x} có {a} {o}, {x} ăn hết {b} {c}. Hỏi {x} còn bao nhiêu {o}?"),
        ("bird", "Trên cành cây có {a} {o}, {b} {c} bay đi. Hỏi trên cành còn lại bao nhiêu {o}?"),
        ("house wear car", "Cửa hàng có {a} {o}, đã bán {b} {c}. Hỏi cửa hàng còn lại bao nhiêu {o}?"),
        ("item", "{x} có {a} {o}, {x} làm mất {b} {c}. Hỏi {x} còn lại bao nhiêu {o}?"),
        ("flower item book", "{x} có {a} {o}, {x} tặng {y} {b} {c}. Hỏi {x} còn bao nhiêu {o}?"),
        ("animal", "Trong sân có {a} {o}, {b} {c} chạy đi mất. Hỏi trong sân còn lại bao nhiêu {o}?"),
        ("person", "Trên xe có {a} {o}, đến bến có {b} {c} xuống xe. Hỏi trên xe còn mấy {o}?"),
        ("car", "Trong bãi có {a} {o}, {b} {c} đã rời đi. Hỏi trong bãi còn lại bao nhiêu {o}?"),
        ("snack item", "{x} có {a} {o}, {y} có ít hơn {x} {b} {c}. Hỏi {y} có bao nhiêu {o}?"),
        ("item fruit", "{x} có {a} {o}, {y} có {b} {o}. Hỏi {x} có nhiều hơn {y} bao nhiêu {o}?"),
        ("item flower", "{x} có {a} {o} còn {y} có {b} {o}. Hỏi {y} có ít hơn {x} mấy {o}?"),
        ("tree", "Vườn nhà {x} có {a} {o}. Bố chặt đi {b} {c}. Hỏi trong vườn còn lại bao nhiêu {o}?"),
        ("snack fruit food", "Mẹ mua {a} {o}, cả nhà đã ăn hết {b} {c}. Hỏi còn lại bao nhiêu {o}?"),
        ("animal duck", "Nhà {x} nuôi {a} {o}, mẹ bán đi {b} {c}. Hỏi nhà {x} còn lại bao nhiêu {o}?"),
        ("flower", "Trong lọ có {a} {o}, có {b} {c} bị héo phải bỏ đi. Hỏi trong lọ còn mấy {o}?"),
        ("item", "Trong hộp có {a} {o}, {x} lấy ra {b} {c}. Hỏi trong hộp còn lại bao nhiêu {o}?"),
        ("fish", "Bể cá nhà {x} có {a} {o}. Bố vớt ra {b} {c}. Hỏi trong bể còn lại bao nhiêu {o}?"),
        ("fruit food", "Trong giỏ có {a} {o}, mẹ bỏ đi {b} {c} bị hỏng. Hỏi trong giỏ còn bao nhiêu {o}?"),
        ("house", "Trong tủ có {a} {o}, {x} làm vỡ mất {b} {c}. Hỏi còn lại bao nhiêu {o}?"),
        ("person", "Trong phòng có {a} {o}, {b} {c} đi ra ngoài. Hỏi trong phòng còn lại mấy {o}?"),
        ("snack item", "Có {a} {o} ở trên bàn, bớt đi {b} {c}. Hỏi trên bàn còn lại mấy {o}?"),
        ("item", "{x} cần {a} {o} nhưng chỉ có {b} {c}. Hỏi {x} còn thiếu bao nhiêu {o}?"),
        ("item snack", "{x} và {y} có tất cả {a} {o}, trong đó {x} có {b} {c}. Hỏi {y} có bao nhiêu {o}?"),
        ("duck", "Dưới ao có {a} {o}, sau đó {b} {c} lên bờ. Hỏi dưới ao còn lại bao nhiêu {o}?"),
        ("book house", "Kệ trên có {a} {o}, kệ dưới ít hơn kệ trên {b} {c}. Hỏi kệ dưới có bao nhiêu {o}?"),
        ("snack item", "Lúc đầu {x} có {a} {o}, sau đó {x} cho em {b} {c}. Hỏi {x} còn lại mấy {o}?"),
        ("item book", "Cô giáo có {a} {o}, cô đã phát cho {x} {b} {c}. Hỏi cô giáo còn lại bao nhiêu {o}?"),
        ("snack item", "{x} có {a} {o}. {y} kém {x} {b} {c}. Hỏi {y} có bao nhiêu {o}?"),
        ("none", "Năm nay {x} {a} tuổi, em {y} {b} tuổi. Hỏi {x} hơn em {y} bao nhiêu tuổi?"),
        ("none", "Năm nay {x} {a} tuổi, {y} kém {x} {b} tuổi. Hỏi {y} mấy tuổi?"),
        ("none", "Hiệu của {a} và {b} là bao nhiêu?"),
        ("none", "Số {a} bớt đi {b} còn bao nhiêu?"),
        ("none", "{a} trừ đi {b} bằng mấy?"),
    ),
)

HELD_OUT: Final = Wording(
    names=tuple(HELD_OUT_NAMES.split()),
    objects={
        "none": ("",),
        "snack": ("quả nho", "quả vải", "quả nhãn"),
        "fruit": ("quả bưởi", "quả dứa", "quả na"),
        "item": ("lá cờ", "bức tranh", "hòn sỏi", "con búp bê", "cái kẹp tóc", "chiếc vòng"),
        "house": ("cái đĩa", "cái thìa", "chiếc gối"),
        "flower": ("bông sen", "bông súng"),
        "tree": ("cây bàng", "cây phượng"),
        "animal": ("con dê", "con trâu", "con ngỗng"),
        "bird": ("con én", "con sáo", "con quạ"),
        "boat": ("chiếc thuyền", "chiếc ca nô"),
        "person": ("vị hành khách", "chú bộ đội"),
    },
    add=(
        ("snack item", "Trong túi của {x} có {a} {o}. Bà cho thêm {b} {c}. Hỏi trong túi có tất cả bao nhiêu {o}?"),
        ("item flower", "Bạn {x} có {a} {o}, bạn {y} có {b} {o}. Hỏi hai bạn có tổng cộng mấy {o}?"),
        ("item fruit", "{x} mua {a} {o} rồi mua thêm {b} {c} nữa. Hỏi {x} đã mua tổng cộng bao nhiêu {o}?"),
        ("tree", "Buổi sáng ông trồng {a} {o}, buổi chiều ông trồng thêm {b} {c}. Hỏi ông trồng tất cả mấy {o}?"),
        ("bird", "Trên mái nhà có {a} {o}. Lát sau thêm {b} {c} bay đến. Hỏi trên mái nhà có bao nhiêu {o}?"),
        ("fruit flower", "{x} hái {a} {o} rồi hái thêm {b} {c} để biếu bà. Hỏi {x} hái được tổng cộng mấy {o}?"),
        ("person", "Trên tàu có {a} {o}, thêm {b} {c} bước lên tàu. Hỏi trên tàu có tất cả mấy {o}?"),
        ("item snack", "Bạn {x} có {a} {o}, bạn {y} nhiều hơn bạn {x} {b} {c}. Hỏi bạn {y} có mấy {o}?"),
        ("animal", "Bác nông dân có {a} {o}, bác mua thêm {b} {c}. Hỏi bác có tất cả bao nhiêu {o}?"),
        ("house", "Ngăn trên có {a} {o}, ngăn dưới có {b} {o}. Hỏi cả hai ngăn có bao nhiêu {o}?"),
        ("boat", "Ở bến có {a} {o}, lát sau có thêm {b} {c} vào bến. Hỏi ở bến có tất cả bao nhiêu {o}?"),
        ("item", "{x} được ông tặng {a} {o}, bà tặng thêm {b} {c}. Hỏi {x} được tặng tất cả mấy {o}?"),
        ("snack", "Đĩa thứ nhất có {a} {o}, đĩa thứ hai có {b} {o}. Hỏi cả hai đĩa có mấy {o}?"),
        ("snack item", "Bà cho {x} {a} {o} và cho {y} {b} {o}. Hỏi bà đã cho hai bạn tất cả bao nhiêu {o}?"),
        ("none", "Lấy {a} cộng thêm {b} thì được mấy?"),
    ),
    sub=(
        ("snack item", "Bạn {x} có {a} {o} và đã cho bạn {y} {b} {c}. Hỏi bạn {x} còn lại mấy {o}?"),
        ("snack", "Trên đĩa có {a} {o}, {x} đã ăn hết {b} {c}. Hỏi trên đĩa còn lại bao nhiêu {o}?"),
        ("bird", "Có {a} {o} ở trên mái nhà, {b} {c} đã bay đi. Hỏi trên mái nhà còn bao nhiêu {o}?"),
        ("animal", "Bác nông dân có {a} {o}, bác bán đi {b} {c}. Hỏi bác còn lại bao nhiêu {o}?"),
        ("item", "{x} mang {a} {o} đến lớp nhưng làm mất {b} {c}. Hỏi {x} còn mấy {o}?"),
        ("item fruit", "Bạn {x} có {a} {o}, bạn {y} ít hơn bạn {x} {b} {c}. Hỏi bạn {y} có mấy {o}?"),
        ("animal tree", "Nhà {x} có {a} {o}, nhà {y} có {b} {o}. Hỏi nhà {x} nhiều hơn nhà {y} mấy {o}?"),
        ("person", "Trên tàu có {a} {o}, đến ga có {b} {c} xuống tàu. Hỏi trên tàu còn lại bao nhiêu {o}?"),
        ("item flower fruit", "Bà có {a} {o}, bà tặng {x} {b} {c}. Hỏi bà còn lại bao nhiêu {o}?"),
        ("house", "Ngăn trên có {a} {o}, mẹ lấy bớt ra {b} {c}. Hỏi ngăn trên còn bao nhiêu {o}?"),
        ("fruit item", "Buổi sáng cô bán hàng có {a} {o}, cô đã bán đi {b} {c}. Hỏi cô còn lại mấy {o}?"),
        ("boat", "Ở bến có {a} {o}, sau đó {b} {c} rời bến. Hỏi ở bến còn lại bao nhiêu {o}?"),
        ("snack item", "Hai bạn {x} và {y} có tổng cộng {a} {o}, trong đó {x} có {b} {c}. Hỏi {y} có mấy {o}?"),
        ("item snack", "Bạn {x} có {a} {o}, bạn {y} kém bạn {x} {b} {c}. Hỏi bạn {y} có bao nhiêu {o}?"),
        ("none", "Lấy {a} bớt đi {b} thì còn mấy?"),
    ),
)
