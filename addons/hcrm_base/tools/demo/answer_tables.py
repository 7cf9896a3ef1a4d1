"""What the desks of the demonstration hospital say, in Chinese and English."""

#: (kind, topic number, medical, other words, state, questions, texts)
ANSWERS = (
    ("answer", 1, False, "挂号 号源 约不上", "approved",
     ("怎么预约专家门诊？", "How do I book a specialist?"),
     ("可以打客服电话、到门诊一楼服务台，或在本院网页预约，最多提前14天。当天没约到的，"
      "每天7:30在服务台候补。",
      "By phone, at the desk on the ground floor, or on our web page, up to 14 days ahead. If "
      "the day "
      "is full, ask at the desk at 7:30 for a returned place.")),
    ("answer", 2, False, "发票 电子票据 报销", "approved",
     ("出院后怎么拿发票？", "How do I get the invoice after discharge?"),
     ("出院结账后电子发票当天发到登记的手机。没有收到，请带身份证到住院收费处，"
      "或告诉我姓名和出院日期，我帮您查。",
      "The electronic invoice goes to the registered phone on the day of discharge. If it is not "
      "there, come to the inpatient cashier with your ID, or tell me name and date: I will look.")),
    ("answer", 2, False, "异地医保 直接结算 备案", "approved",
     ("外地医保能直接结算吗？", "Can insurance from elsewhere settle directly?"),
     ("可以。请先在参保地备案，住院时出示医保电子凭证，出院时直接结算。没有备案的先自费，"
      "回参保地报销。",
      "Yes, after registering with your home insurance; show the electronic card on admission. "
      "Without it you pay first and claim at home.")),
    ("answer", 4, False, "化验单 报告 查询", "approved",
     ("检验结果什么时候出？", "When are my results there?"),
     ("多数检验当天出结果，我们承诺24小时内。可在自助机刷身份证打印，也可在本院网页查看。"
      "结果的含义请问您的医生。",
      "Mostly the same day; we promise 24 hours. Print them at the machines with your ID or see "
      "them "
      "on our web page. What they mean your doctor tells you.")),
    ("answer", 5, False, "停车 地铁 路线", "approved",
     ("医院怎么走、能停车吗？", "How do I get there, can I park?"),
     ("地铁2号线人民医院站C口出。地下停车场前30分钟免费，就诊当天最高20元。",
      "Metro line 2, exit C. The underground car park is free for 30 minutes, at most 20 yuan a "
      "day "
      "for patients.")),
    ("answer", 3, False, "探视 陪护 家属", "approved",
     ("住院可以探视和陪护吗？", "Are visits and companions allowed?"),
     ("每天15:00—20:00可以探视，每次两人。需要陪护请护士站登记，每位患者一人。",
      "Visits from 15 to 20 o'clock, two at a time. One companion per patient, registered at the "
      "nurses' station.")),
    ("answer", 7, True, "发热 发烧 体温", "approved",
     ("孩子发热要马上来吗？", "My child has a fever: must we come at once?"),
     ("三个月以下、体温超过39℃、精神差、抽搐、呼吸快、出疹不退的，请马上来急诊或拨打120。"
      "其他情况多喝水、观察，24小时不退来儿科门诊。",
      "Come at once or call 120 if the child is under three months, above 39 °C, drowsy, has "
      "convulsions, fast breathing or a rash that does not fade. Otherwise give fluids and watch; "
      "see the clinic if it lasts 24 hours.")),
    ("answer", 7, True, "血压 高血压 吃药", "review",
     ("血压降下来了可以停药吗？", "My blood pressure is fine now: may I stop the tablets?"),
     ("请不要自己停药。血压正常多半是药在起作用，怎么减由医生看了记录再定。",
      "Please do not stop by yourself. It is most likely the tablets that keep it normal; your "
      "doctor decides from your record.")),
    ("answer", 8, False, "隐私 个人信息 谁看过", "approved",
     ("谁能看到我的病历？", "Who can see my record?"),
     ("只有给您看病和随访的人员，每次查看都有记录。您可以在网上查看谁看过，也可以申请查阅、"
      "更正或删除个人信息。",
      "Only those who treat and follow you; each look is logged. You can see on the portal who "
      "looked, and ask to see, correct or erase your data.")),
    ("answer", 6, False, "投诉 不满意 意见", "approved",
     ("我要投诉怎么办？", "I want to complain."),
     ("非常抱歉给您带来不好的感受。请您说说经过，我来登记，5个工作日内答复您，"
      "编号马上告诉您，随时可以查询进度。",
      "I am sorry for what you went through. Tell me what happened; I note it, you get a number "
      "now "
      "and an answer within 5 working days.")),
    ("script", 3, False, "出院 回访 电话", "approved",
     ("出院后第一次电话回访", "First call after discharge"),
     ("您好，我是仁爱医院的护士××，想了解您出院后的恢复情况，现在方便吗？\n"
      "1 核对：请问您的出生年月？\n2 哪里不舒服？伤口、发热、疼痛？\n3 药怎么吃的？有没有漏？\n"
      "4 复诊时间知道吗？要不要帮您约？\n5 还有什么我能帮您的？\n谢谢您，有事随时打客服电话。",
      "Good day, this is nurse … of Ren'ai Hospital. I would like to know how you are; is it a "
      "good "
      "moment?\n1 Check: your month and year of birth, please.\n2 Any trouble: wound, fever, "
      "pain?\n"
      "3 How do you take the medicine, anything missed?\n4 Do you know your next visit, shall I "
      "book?\n5 Anything else?\nThank you, call us any time.")),
    ("script", 6, False, "安抚 生气 情绪", "approved",
     ("来电者很生气", "The caller is angry"),
     ("先听完，不打断。\n“听得出您很着急，换了我也会着急。”\n复述一遍，问对不对。\n"
      "说明马上做什么、谁来做、什么时候回电。\n结束前问：“这样处理您能接受吗？”",
      "Listen to the end.\n“I hear how upset you are; so would I be.”\nRepeat it, ask if that is "
      "right.\nSay what happens now, who does it, when you call back.\nAsk: “Is that acceptable to "
      "you?”")),
    ("answer", 2, False, "体检 团检 报价", "draft",
     ("单位体检怎么报价？", "What does a group check-up cost?"),
     ("基础套餐480元起，按人数优惠，可上门采血。请留下单位名称、人数和联系电话，"
      "体检中心一个工作日内联系您。",
      "From 480 yuan each, less for many, blood taken at your place on request. Leave name, number "
      "of people and phone; we call within one working day.")),
)  # fmt: skip
