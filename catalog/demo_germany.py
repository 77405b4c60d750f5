"""What the fictional shop sells in Germany: prices in euros with their VAT, ranges by WLTP."""

MONTHLY, DAILY, YEARLY, ONCE = "monthly", "daily", "yearly", "once"
LATER = "handover_if_vehicle"

CYCLE = "wltp"
STOCK = 40
SEED = 49

TRIMS = (
    ("rill", "standard", "51 kWh", "51 度", 51, 365, "7.9", "fwd", 28_900),
    ("mere", "standard", "Standard", "标准", 62, 472, "6.8", "rwd", 44_900),
    ("mere", "long-range", "Long Range", "长续航", 79, 581, "5.6", "rwd", 49_900),
    ("mere", "dual", "Dual Motor", "双电机", 79, 543, "3.9", "awd", 56_400),
    ("strand", "standard", "Standard", "标准", 62, 455, "7.0", "rwd", 47_900),
    ("strand", "long-range", "Long Range", "长续航", 79, 556, "5.8", "rwd", 52_900),
    ("crag", "dual", "Dual Motor", "双电机", 92, 528, "4.9", "awd", 58_900),
    ("haven", "standard", "104 kWh", "104 度", 104, 561, "6.1", "awd", 69_900),
)

EQUIPMENT = (
    ("paint", "mist", "Mist", "雾", 0, 0, "#C3CACB"),
    ("paint", "tarn", "Tarn", "潭", 950, 0, "#3C636B"),
    ("paint", "ink", "Ink", "墨", 950, 0, "#17232B"),
    ("paint", "lichen", "Lichen", "苔", 950, 0, "#878D6C"),
    ("paint", "slate", "Slate", "石", 950, 0, "#69757D"),
    ("paint", "cinnabar", "Cinnabar", "朱砂", 1_450, 0, "#A63A22"),
    ("wheels", "aero", "19″ Aero", "19″ Aero", 0, 0, None),
    ("wheels", "blade", "20″ Blade", "20″ Blade", 1_190, -24, None),
    ("wheels", "turbine", "21″ Turbine", "21″ Turbine", 1_990, -39, None),
    ("interior", "graphite", "Graphite", "墨灰", 0, 0, "#3A3F42"),
    ("interior", "sand", "Sand", "沙", 690, 0, "#CBBFA9"),
    ("interior", "cedar", "Cedar", "柏", 1_490, 0, "#7A4A34"),
)

CREDITS = "For rides, parking and trains. 24 months to use them."
CREDITS_ZH = "打车、停车、火车都能用，24 个月内有效。"
PLAN = "Insurance, service and 1,500 km a month. Stop with 30 days’ notice."
PLAN_ZH = "含保险、保养和每月 1,500 公里。提前 30 天说一声就能停。"

OFFERS = (
    ("charge-100", "charging", "Charge 100", "充电 100", "100 kWh a month. Weekday commuting, topping up near work.",
     "每月 100 度，工作日通勤，就近补电。", "38.90", MONTHLY, LATER, {"kwh": 100}, None),
    ("charge-250", "charging", "Charge 250", "充电 250", "250 kWh a month on public points across Europe.",
     "每月 250 度，欧洲各地公共桩可用。", "94.90", MONTHLY, LATER, {"kwh": 250}, None),
    ("charge-home", "charging", "Charge Home", "家充", "An 11 kW wallbox from Wattweide, plus 420 kWh at home or away.",
     "瓦原 11 kW 家充桩，另含 420 度，在家在外都能用。", "159", MONTHLY, LATER, {"kwh": 420, "wallbox": True}, None),
    ("pilot", "feature", "Pilot", "领航", "Hands-on lane and speed assistance", "车道与车速辅助，手不离方向盘", "79",
     MONTHLY, LATER, {"feature": "pilot"}, None),
    ("rear-steering", "feature", "Rear steering", "后轮转向", "Turning circle 11.4 m to 10.1 m",
     "转弯直径 11.4 m 减到 10.1 m", "14.90", MONTHLY, LATER, {"feature": "rear-steering"}, None),
    ("seat-climate", "feature", "Seat climate", "座椅冷暖", "Heating and ventilation, all four seats", "四座加热与通风",
     "8.90", MONTHLY, LATER, {"feature": "seat-climate"}, None),
    ("track-boost", "feature", "Track boost", "赛道加速", "5.6 s to 5.1 s, for a day", "5.6 秒到 5.1 秒，用一天", "9.90",
     DAILY, LATER, {"feature": "track-boost"}, None),
    ("cloud-sentry", "feature", "Cloud sentry", "云哨兵", "30 days of clips, shared with family",
     "保存 30 天录像，可与家人共看", "3.90", MONTHLY, LATER, {"feature": "cloud-sentry"}, None),
    ("theatre", "feature", "Theatre", "影院", "14-speaker sound, cinema mode", "14 扬声器，影院模式", "4.90", MONTHLY,
     LATER, {"feature": "theatre"}, None),
    ("credits-50", "credits", "50 mobility credits", "50 出行点数", CREDITS, CREDITS_ZH, "47", ONCE, "today",
     {"credits": 50}, None),
    ("credits-100", "credits", "100 mobility credits", "100 出行点数", CREDITS, CREDITS_ZH, "92", ONCE, "today",
     {"credits": 100}, None),
    ("credits-250", "credits", "250 mobility credits", "250 出行点数", CREDITS, CREDITS_ZH, "222.50", ONCE, "today",
     {"credits": 250}, None),
    ("subscribe-rill", "subscription", "Rill subscription", "溪 Rill 订阅", PLAN, PLAN_ZH, "549", MONTHLY, "today",
     {"model": "rill"}, None),
    ("subscribe-mere", "subscription", "Mere subscription", "澄 Mere 订阅", PLAN, PLAN_ZH, "849", MONTHLY, "today",
     {"model": "mere"}, None),
    ("morgenwehr-motor", "partner_product", "Morgenwehr motor insurance", "晨卫车险",
     "Liability and fully comprehensive. Sold by Morgenwehr, arranged by us.", "责任险加全险。晨卫承保，我们代办。",
     "1148.40", YEARLY, LATER, {"cover": "motor"}, "morgenwehr"),
)  # fmt: skip
